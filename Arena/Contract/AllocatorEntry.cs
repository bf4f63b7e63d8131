namespace Arena;

/// <summary>An allocator that has a handle of this generation, until it is disposed.</summary>
internal sealed class AllocatorEntry(IMemorySource source, uint generation)
{
    public IMemorySource Source { get; } = source;

    public uint Generation { get; } = generation;

    /// <summary>It is read once, because the allocator may lose what its name is made of.</summary>
    public string Label { get; } = source.Label;

    /// <summary>A ticket for each container that has memory of this allocator.</summary>
    public Tickets Tickets { get; } = new();
}
