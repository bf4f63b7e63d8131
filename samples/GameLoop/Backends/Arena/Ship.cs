using System.Numerics;
using Arena.Pools;
using GameLoop.Rules;

namespace GameLoop.Backends.Arena;

internal unsafe struct Ship
{
    public ShipState State;
    public Trail Trail;
    public Vector2* Path;
    public int PathLength;
    public byte* Inbox;
    public int InboxBytes;

    /// <summary>The target's handle, stale as soon as the target is lost: resolving it then fails.</summary>
    public Handle<Ship> Target;
}
