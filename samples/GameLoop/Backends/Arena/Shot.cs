using System.Numerics;
using Arena.Collections;
using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arena;

/// <summary>A shot owns its trail: who frees it disposes the trail first.</summary>
internal struct Shot
{
    public ShotState State;
    public NativeList<Vector2> Trail;
    public Handle<Ship> Target;
}
