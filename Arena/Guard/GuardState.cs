namespace Arena;

/// <summary>Where an allocation is in its life, to a guard.</summary>
internal enum GuardState : byte
{
    /// <summary>Nothing is known of it.</summary>
    None,

    /// <summary>It is its user's.</summary>
    Live,

    /// <summary>It was freed, and its allocator still takes it for live.</summary>
    Waiting,

    /// <summary>Its allocator has it back; the lines are remembered for a while.</summary>
    Free,
}
