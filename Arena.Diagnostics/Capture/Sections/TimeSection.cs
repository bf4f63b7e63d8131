namespace Arena.Diagnostics;

/// <summary>Section Time: the moment of the sections that follow in its chunk.</summary>
internal static class TimeSection
{
    public static void Write(ByteWriter chunk, double seconds)
    {
        chunk.Begin(SectionKind.Time);
        chunk.Number(CaptureTime.Microseconds(seconds));
        chunk.End();
    }

    public static double Read(ref ByteReader section) => CaptureTime.Seconds(section.Long());
}
