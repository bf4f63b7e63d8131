namespace Arena;

/// <summary>One frame of a history, and what leads from the next one to it.</summary>
internal sealed class SavedFrame : IDisposable
{
    public long Number { get; set; }

    /// <summary>What the allocators and the arena hold in fields.</summary>
    public StateStream State { get; } = new();

    /// <summary>Which allocators there were.</summary>
    public OwnerRegistry.Snapshot Owners { get; } = new();

    /// <summary>By what containers knew these, by token.</summary>
    public AllocatorHandle[] Handles { get; set; } = [];

    /// <summary>The pages in which the next frame differs.</summary>
    public PageChanges Changes { get; set; } = new();

    /// <summary>The checksum of all that lives in the frame.</summary>
    public ulong Checksum { get; set; }

    public nuint HeldBytes => State.HeldBytes + Changes.HeldBytes;

    public void Dispose()
    {
        State.Dispose();
        Changes.Dispose();
    }
}
