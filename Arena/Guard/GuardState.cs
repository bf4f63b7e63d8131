namespace Arena;

/// <summary>The stage of an allocation's life, as a guard sees it.</summary>
internal enum GuardState : byte
{
    /// <summary>The guard knows nothing of it.</summary>
    None,

    /// <summary>The allocation is live: its user has it.</summary>
    Live,

    /// <summary>It was freed, and is still live to its allocator.</summary>
    Waiting,

    /// <summary>It went back to its allocator; its lines are remembered for a while.</summary>
    Free,
}
