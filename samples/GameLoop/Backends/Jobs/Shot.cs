using System.Numerics;
using Arena.Collections;
using GameLoop.Rules;

namespace GameLoop.Backends.Jobs;

/// <summary>A shot owns its trail: the trail is disposed before the shot is freed.</summary>
internal struct Shot
{
    public ShotState State;
    public NativeList<Vector2> Trail;
    public TargetLock Target;
}
