using System.Numerics;
using GameLoop.Rules;

namespace GameLoop.Backends.Malloc;

internal unsafe struct Ship
{
    public ShipState State;
    public Trail Trail;
    public Vector2* Path;
    public int PathLength;
    public byte* Inbox;
    public int InboxBytes;
    public TargetLock Target;
}
