namespace Arena.Diagnostics;

/// <summary>Section MapHeader: the beginning of a map, its arena and its moment.</summary>
internal static class MapHeaderSection
{
    public static void Write(ByteWriter chunk, int arena, double seconds, long frame)
    {
        chunk.Begin(SectionKind.MapHeader);
        chunk.Number(arena);
        chunk.Number(CaptureTime.Microseconds(seconds));
        chunk.Number(frame);
    }

    public static MemoryMap Read(ref ByteReader section)
    {
        var arena = section.Count();
        var seconds = CaptureTime.Seconds(section.Long());
        var frame = section.Long();
        return new MemoryMap { Arena = arena, Seconds = seconds, Frame = frame };
    }
}
