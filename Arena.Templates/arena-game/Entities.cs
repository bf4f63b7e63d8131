using System.Numerics;
using Arena.Collections;

namespace ArenaGame;

internal struct Ship
{
    public Vector2 Position;
    public Vector2 Velocity;
    public NativeList<Vector2> Trail;
}

internal struct Spark
{
    public Vector2 Position;
    public int FramesLeft;
}
