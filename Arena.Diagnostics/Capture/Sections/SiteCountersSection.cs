namespace Arena.Diagnostics;

/// <summary>Section SiteCounters: all counters of every site, in the order of their numbers.</summary>
internal static class SiteCountersSection
{
    public static void Begin(ByteWriter chunk) => chunk.Begin(SectionKind.SiteCounters);

    public static void WriteEntry(ByteWriter chunk, ref int last, int site, in SiteCounts counts)
    {
        SiteNumbers.Write(chunk, ref last, site);
        chunk.Number(counts.Allocations);
        chunk.Number(counts.AllocatedBytes);
        chunk.Number(counts.LiveCount);
        chunk.Number(counts.LiveBytes);
        chunk.Number(counts.ShortLived);
        chunk.Number(counts.ShortLivedBytes);
        chunk.Number(counts.LifetimeFrames);
        chunk.Number(counts.LiveBytesError);
    }

    public static SiteCounts ReadEntry(ref ByteReader section, ref int site)
    {
        SiteNumbers.Read(ref section, ref site);
        var allocations = section.Long();
        var allocatedBytes = section.Long();
        var liveCount = section.Long();
        var liveBytes = section.Long();
        var shortLived = section.Long();
        var shortLivedBytes = section.Long();
        var lifetimeFrames = section.Long();
        var liveBytesError = section.Long();
        return new SiteCounts(
            allocations, allocatedBytes, liveCount, liveBytes,
            shortLived, shortLivedBytes, lifetimeFrames, liveBytesError);
    }
}
