namespace Arena;

/// <summary>
/// The state that only slow paths of an allocator need. It is one field there: more would move the fields of the fast
/// paths.
/// </summary>
internal sealed record Attachments(IAllocationVeto[] Vetoes, AllocatorGuard? Guard)
{
    public static Attachments None { get; } = new([], null);

    /// <summary>The guard, if its usual road serves most calls; otherwise null.</summary>
    public AllocatorGuard? UsualGuard { get; init; }
}
