namespace Arena.Diagnostics;

/// <summary>Section Snapshot: live allocations by site and size class, under a name.</summary>
internal static class SnapshotSection
{
    public static void Begin(ByteWriter chunk, string name, double seconds, long frame)
    {
        chunk.Begin(SectionKind.Snapshot);
        chunk.Text(name);
        chunk.Number(CaptureTime.Microseconds(seconds));
        chunk.Number(frame);
    }

    public static (string Name, double Seconds, long Frame) ReadHead(ref ByteReader section)
    {
        var name = section.Text();
        var seconds = CaptureTime.Seconds(section.Long());
        var frame = section.Long();
        return (name, seconds, frame);
    }

    /// <param name="chunk">The chunk to write to.</param>
    /// <param name="site">The site's number.</param>
    /// <param name="sizeClass">The exponent of the power of two that is the class's least size.</param>
    /// <param name="count">Live allocations.</param>
    /// <param name="bytes">Their bytes.</param>
    public static void WriteEntry(ByteWriter chunk, int site, int sizeClass, long count, long bytes)
    {
        chunk.Number(site);
        chunk.Number(sizeClass);
        chunk.Number(count);
        chunk.Number(bytes);
    }

    public static (int Site, int SizeClass, long Count, long Bytes) ReadEntry(ref ByteReader section)
    {
        var site = section.Count();
        var sizeClass = Math.Min(section.Count(), 63);
        var count = section.Long();
        var bytes = section.Long();
        return (site, sizeClass, count, bytes);
    }
}
