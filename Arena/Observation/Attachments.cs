namespace Arena;

/// <summary>
/// The state that only slow paths of an allocator need. It is one field there: more would move the fields of the fast
/// paths.
/// </summary>
internal sealed record Attachments(IAllocationVeto[] Vetoes, AllocatorGuard? Guard)
{
    public static Attachments None { get; } = new([], null);
}
