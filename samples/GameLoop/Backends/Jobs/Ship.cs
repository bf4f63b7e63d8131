using System.Numerics;
using Arena.Collections;
using GameLoop.Rules;

namespace GameLoop.Backends.Jobs;

/// <summary>A ship owns its lists: they are disposed before the ship is freed.</summary>
internal struct Ship
{
    public ShipState State;
    public NativeList<Vector2> Trail;
    public NativeList<Vector2> Path;
    public NativeList<byte> Inbox;
    public TargetLock Target;
}
