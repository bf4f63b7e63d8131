namespace Arena;

/// <summary>One frame of a history, and the changes that lead from the next one to it.</summary>
internal sealed class SavedFrame : IDisposable
{
    public long Number { get; set; }

    /// <summary>The fields of the allocators and the arena.</summary>
    public StateStream State { get; } = new();

    /// <summary>The allocators that existed.</summary>
    public OwnerRegistry.Snapshot Owners { get; } = new();

    /// <summary>By what containers knew these, by token.</summary>
    public AllocatorHandle[] Handles { get; set; } = [];

    /// <summary>The pages in which the next frame differs.</summary>
    public PageChanges Changes { get; set; } = new();

    /// <summary>The checksum of the frame's live allocations.</summary>
    public ulong Checksum { get; set; }

    public nuint HeldBytes => State.HeldBytes + Changes.HeldBytes;

    public void Dispose()
    {
        State.Dispose();
        Changes.Dispose();
    }
}
