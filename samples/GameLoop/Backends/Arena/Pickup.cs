using GameLoop.Rules;

namespace GameLoop.Backends.Arena;

internal unsafe struct Pickup
{
    public PickupState State;
    public byte* Log;
    public int LogBytes;

    /// <summary>Whether it is gone but its slot was not freed: walks still visit it.</summary>
    public bool IsForgotten;
}
