namespace Arena.Diagnostics;

/// <summary>
/// Sections SiteChanges and SiteValues: live bytes and counts of sites in the order of their numbers, as changes since
/// the sample before, or as values of all sites that have any.
/// </summary>
internal static class SiteSampleSection
{
    public static void Begin(ByteWriter chunk, bool all) =>
        chunk.Begin(all ? SectionKind.SiteValues : SectionKind.SiteChanges);

    /// <param name="chunk">The chunk to write to.</param>
    /// <param name="last">The site of the entry before, -1 at first; it becomes this site.</param>
    /// <param name="site">The site's number, greater than the last.</param>
    /// <param name="bytes">Live bytes, or their change.</param>
    /// <param name="count">Live allocations, or their change.</param>
    public static void WriteEntry(ByteWriter chunk, ref int last, int site, long bytes, long count)
    {
        SiteNumbers.Write(chunk, ref last, site);
        chunk.Signed(bytes);
        chunk.Signed(count);
    }

    public static (long Bytes, long Count) ReadEntry(ref ByteReader section, ref int site)
    {
        SiteNumbers.Read(ref section, ref site);
        var bytes = section.Signed();
        var count = section.Signed();
        return (bytes, count);
    }
}
