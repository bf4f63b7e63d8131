using System.Numerics;
using Arena.Collections;
using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arenas;

/// <summary>A shot owns its trail: the trail is disposed before the shot is freed.</summary>
internal struct Shot
{
    public ShotState State;
    public NativeList<Vector2> Trail;
    public Handle<Ship> Target;
}
