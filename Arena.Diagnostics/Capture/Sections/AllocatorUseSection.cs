namespace Arena.Diagnostics;

/// <summary>Section AllocatorUse: the live allocations of an allocator, since its tracker and from before.</summary>
internal readonly record struct AllocatorUseSection
{
    public required int Allocator { get; init; }

    public required long TrackedBytes { get; init; }

    public required long CountAtAttach { get; init; }

    public required long BytesAtAttach { get; init; }

    public required long BeforeCount { get; init; }

    public required long BeforeBytes { get; init; }

    public void Write(ByteWriter chunk)
    {
        chunk.Begin(SectionKind.AllocatorUse);
        chunk.Number(Allocator);
        chunk.Number(TrackedBytes);
        chunk.Number(CountAtAttach);
        chunk.Number(BytesAtAttach);
        chunk.Number(BeforeCount);
        chunk.Number(BeforeBytes);
    }

    public static AllocatorUseSection Read(ref ByteReader section)
    {
        var allocator = section.Count();
        var trackedBytes = section.Long();
        var countAtAttach = section.Long();
        var bytesAtAttach = section.Long();
        var beforeCount = section.Long();
        var beforeBytes = section.Long();
        return new AllocatorUseSection
        {
            Allocator = allocator,
            TrackedBytes = trackedBytes,
            CountAtAttach = countAtAttach,
            BytesAtAttach = bytesAtAttach,
            BeforeCount = beforeCount,
            BeforeBytes = beforeBytes,
        };
    }
}
