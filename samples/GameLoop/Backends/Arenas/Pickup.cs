using GameLoop.Rules;

namespace GameLoop.Backends.Arenas;

/// <summary>A pickup owns its log book: the log is freed before the pickup is freed.</summary>
internal struct Pickup
{
    public PickupState State;
    public Piece<byte> Log;

    /// <summary>True if it is gone but its slot was not freed: walks still visit it.</summary>
    public bool IsForgotten;
}
