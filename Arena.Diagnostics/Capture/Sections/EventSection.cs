namespace Arena.Diagnostics;

/// <summary>Section Event: an error, a mark, a leak, a budget.</summary>
internal static class EventSection
{
    public static void Write(ByteWriter chunk, CaptureEvent captured)
    {
        chunk.Begin(SectionKind.Event);
        chunk.Number((uint)captured.Kind);
        chunk.Number(CaptureTime.Microseconds(captured.Seconds));
        chunk.Number(captured.Arena + 1);
        chunk.Number(captured.Frame);
        chunk.Text(captured.Text);
        chunk.Text(captured.Stack);
    }

    public static CaptureEvent Read(ref ByteReader section)
    {
        var kind = (CaptureEventKind)section.Count();
        var seconds = CaptureTime.Seconds(section.Long());
        var arena = section.Count() - 1;
        var frame = section.Long();
        var text = section.Text();
        var stack = section.Text();
        return new CaptureEvent(kind, seconds, arena, frame, text, stack);
    }
}
