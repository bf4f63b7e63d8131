using GameLoop.Rules;

namespace GameLoop.Backends.Malloc;

internal unsafe struct Pickup
{
    public PickupState State;
    public byte* Log;
    public int LogBytes;
}
