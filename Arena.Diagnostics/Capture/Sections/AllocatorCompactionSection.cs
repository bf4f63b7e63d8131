namespace Arena.Diagnostics;

/// <summary>Section AllocatorCompaction: what the compactions of an allocator did and could do.</summary>
internal static class AllocatorCompactionSection
{
    public static void Write(ByteWriter chunk, int allocator, CompactionCounters counters)
    {
        chunk.Begin(SectionKind.AllocatorCompaction);
        chunk.Number(allocator);
        chunk.Number(counters.MovedBytes);
        chunk.Number(counters.ReturnedBytes);
        chunk.Number(counters.SharedBytes);
        chunk.Number(counters.GainableBytes);
        chunk.Number(counters.HoleCount);
        chunk.Number(counters.LargestHoleBytes);
        chunk.Number(counters.PinnedCount);
    }

    public static CaptureCompaction Read(ref ByteReader section, out int allocator)
    {
        allocator = section.Count();
        var moved = section.Long();
        var returned = section.Long();
        var shared = section.Long();
        var gainable = section.Long();
        var holes = section.Long();
        var largest = section.Long();
        var pinned = section.Long();
        return new CaptureCompaction
        {
            MovedBytes = moved,
            ReturnedBytes = returned,
            SharedBytes = shared,
            GainableBytes = gainable,
            HoleCount = holes,
            LargestHoleBytes = largest,
            PinnedCount = pinned,
        };
    }
}
