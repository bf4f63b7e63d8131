namespace Arena.Diagnostics;

/// <summary>Section Totals: memory of one arena at the moment of its chunk.</summary>
internal static class TotalsSection
{
    public static void Write(ByteWriter chunk, int arena, in CaptureTotals totals)
    {
        chunk.Begin(SectionKind.Totals);
        chunk.Number(arena);
        chunk.Number(totals.LiveBytes);
        chunk.Number(totals.LeastLiveBytes);
        chunk.Number(totals.MostLiveBytes);
        chunk.Number(totals.BeforeBytes);
        chunk.Number(totals.BeforeCount);
        chunk.Number(totals.CommittedBytes);
        chunk.Number(totals.LentBytes);
        chunk.Number(totals.PeakCommittedBytes);
        chunk.Number(totals.Allocations);
        chunk.Number(totals.AllocatedBytes);
        chunk.Number(totals.Frees);
        chunk.Number(totals.FreedBytes);
        chunk.Number(totals.ColdCalls);
        chunk.Number(CaptureTime.Microseconds(totals.ColdSeconds));
        chunk.Number(totals.Frame);
    }

    public static CaptureTotals Read(ref ByteReader section, double seconds, out int arena)
    {
        arena = section.Count();
        var liveBytes = section.Long();
        var leastLiveBytes = section.Long();
        var mostLiveBytes = section.Long();
        var beforeBytes = section.Long();
        var beforeCount = section.Long();
        var committedBytes = section.Long();
        var lentBytes = section.Long();
        var peakCommittedBytes = section.Long();
        var allocations = section.Long();
        var allocatedBytes = section.Long();
        var frees = section.Long();
        var freedBytes = section.Long();
        var coldCalls = section.Long();
        var coldSeconds = CaptureTime.Seconds(section.Long());
        var frame = section.Long();
        return new CaptureTotals
        {
            Seconds = seconds,
            LiveBytes = liveBytes,
            LeastLiveBytes = leastLiveBytes,
            MostLiveBytes = mostLiveBytes,
            BeforeBytes = beforeBytes,
            BeforeCount = beforeCount,
            CommittedBytes = committedBytes,
            LentBytes = lentBytes,
            PeakCommittedBytes = peakCommittedBytes,
            Allocations = allocations,
            AllocatedBytes = allocatedBytes,
            Frees = frees,
            FreedBytes = freedBytes,
            ColdCalls = coldCalls,
            ColdSeconds = coldSeconds,
            Frame = frame,
        };
    }
}
