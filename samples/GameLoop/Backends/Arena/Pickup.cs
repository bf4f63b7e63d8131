using GameLoop.Rules;

namespace GameLoop.Backends.Arena;

internal unsafe struct Pickup
{
    public PickupState State;
    public byte* Log;
    public int LogBytes;

    /// <summary>Gone, but its slot was not freed: still walked over.</summary>
    public bool IsForgotten;
}
