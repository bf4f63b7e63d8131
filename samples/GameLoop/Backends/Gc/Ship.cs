using System.Numerics;
using GameLoop.Rules;

namespace GameLoop.Backends.Gc;

internal sealed class Ship(ShipState state)
{
    public ShipState State = state;

    public List<Vector2> Trail { get; } = [];

    public Vector2[]? Path { get; set; }

    public byte[]? Inbox { get; set; }

    public Ship? Target { get; set; }

    public bool IsLost { get; set; }
}
