namespace Arena.Diagnostics;

/// <summary>Section SiteAges: the ages of one site's live allocations.</summary>
internal static class SiteAgesSection
{
    public static void Write(ByteWriter chunk, int site, in SiteAges ages)
    {
        chunk.Begin(SectionKind.SiteAges);
        chunk.Number(site);
        chunk.Number(ages.OldestFrames);
        chunk.Number(CaptureTime.Microseconds(ages.OldestSeconds));
        chunk.Number(CaptureTime.Microseconds(ages.MeanSeconds));
    }

    public static SiteAges Read(ref ByteReader section, out int site)
    {
        site = section.Count();
        var oldestFrames = section.Long();
        var oldestSeconds = CaptureTime.Seconds(section.Long());
        var meanSeconds = CaptureTime.Seconds(section.Long());
        return new SiteAges(oldestFrames, oldestSeconds, meanSeconds);
    }
}
