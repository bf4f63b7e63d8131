namespace Arena.Diagnostics;

/// <summary>
/// Sections MapCommitted and MapShared: runs of pages with storage, and of pages that show the storage of others, each
/// with the gap before it.
/// </summary>
internal static class MapCommittedSection
{
    public static void Begin(ByteWriter chunk) => chunk.Begin(SectionKind.MapCommitted);

    public static void BeginShared(ByteWriter chunk) => chunk.Begin(SectionKind.MapShared);

    public static void WriteRun(ByteWriter chunk, nuint gap, nuint byteCount)
    {
        chunk.Number((ulong)gap);
        chunk.Number((ulong)byteCount);
    }

    public static void Read(ref ByteReader section, List<MapRun> into)
    {
        for (long end = 0; !section.AtEnd;)
        {
            var start = checked(end + section.Long());
            var byteCount = section.Long();
            end = checked(start + byteCount);
            into.Add(new MapRun(start, byteCount, 1));
        }
    }
}
