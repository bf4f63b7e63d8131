namespace Arena.Diagnostics;

/// <summary>
/// Section MapMoved: runs of adjacent allocations that a compaction has moved, with their headers and the gap before
/// each run.
/// </summary>
internal static class MapMovedSection
{
    public static void Begin(ByteWriter chunk) => chunk.Begin(SectionKind.MapMoved);

    public static void WriteRun(ByteWriter chunk, long gap, in MapRun run)
    {
        chunk.Number((ulong)gap);
        chunk.Number((ulong)run.ByteCount);
        chunk.Number((ulong)run.Count);
    }

    public static void Read(ref ByteReader section, List<MapRun> into)
    {
        for (long end = 0; !section.AtEnd;)
        {
            var start = checked(end + section.Long());
            var byteCount = section.Long();
            end = checked(start + byteCount);
            into.Add(new MapRun(start, byteCount, section.Long()));
        }
    }
}
