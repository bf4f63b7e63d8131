namespace Arena.Diagnostics;

/// <summary>
/// Section Cost: the cost of tracking and capturing. It is a struct, because it is written once an interval.
/// </summary>
internal readonly record struct CostSection
{
    public required long TableBytes { get; init; }

    public required long ManagedBytes { get; init; }

    public required long TrackedCount { get; init; }

    public required long UntrackedCount { get; init; }

    public required long DroppedEvents { get; init; }

    public required long FileBytes { get; init; }

    public required long Writings { get; init; }

    public required double WritingSeconds { get; init; }

    public required double LongestWritingSeconds { get; init; }

    public required double PairNanoseconds { get; init; }

    public void Write(ByteWriter chunk)
    {
        chunk.Begin(SectionKind.Cost);
        chunk.Number(TableBytes);
        chunk.Number(ManagedBytes);
        chunk.Number(TrackedCount);
        chunk.Number(UntrackedCount);
        chunk.Number(DroppedEvents);
        chunk.Number(FileBytes);
        chunk.Number(Writings);
        chunk.Number(CaptureTime.Microseconds(WritingSeconds));
        chunk.Number(CaptureTime.Microseconds(LongestWritingSeconds));
        chunk.Number((long)(1000 * PairNanoseconds));
    }

    public static CaptureOverhead Read(ref ByteReader section)
    {
        var tableBytes = section.Long();
        var managedBytes = section.Long();
        var trackedCount = section.Long();
        var untrackedCount = section.Long();
        var droppedEvents = section.Long();
        var fileBytes = section.Long();
        var writings = section.Long();
        var writingSeconds = CaptureTime.Seconds(section.Long());
        var longestWritingSeconds = CaptureTime.Seconds(section.Long());
        var pairNanoseconds = section.Long() / 1e3;
        return new CaptureOverhead
        {
            TableBytes = tableBytes,
            ManagedBytes = managedBytes,
            TrackedCount = trackedCount,
            UntrackedCount = untrackedCount,
            DroppedEvents = droppedEvents,
            FileBytes = fileBytes,
            Writings = writings,
            WritingSeconds = writingSeconds,
            LongestWritingSeconds = longestWritingSeconds,
            PairNanoseconds = pairNanoseconds,
        };
    }
}
