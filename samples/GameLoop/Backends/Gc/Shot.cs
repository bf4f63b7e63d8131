using System.Numerics;
using GameLoop.Rules;

namespace GameLoop.Backends.Gc;

internal sealed class Shot(ShotState state, Ship? target)
{
    public ShotState State = state;

    public Ship? Target { get; } = target;

    public List<Vector2> Trail { get; } = [];
}
