using System.Numerics;
using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arenas;

/// <summary>A ship owns its data, which is freed before the ship is freed.</summary>
internal struct Ship
{
    public ShipState State;
    public Trail Trail;
    public Piece<Vector2> Path;
    public Piece<byte> Inbox;

    /// <summary>The target's handle, stale as soon as the target is lost: resolving it then fails.</summary>
    public Handle<Ship> Target;
}
