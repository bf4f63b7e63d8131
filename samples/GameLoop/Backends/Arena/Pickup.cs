using GameLoop.Rules;

namespace GameLoop.Backends.Arena;

internal unsafe struct Pickup
{
    public PickupState State;
    public byte* Log;
    public int LogBytes;
}
