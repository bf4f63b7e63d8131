namespace Arena.Diagnostics;

/// <summary>
/// Section Frames: consecutive frames of one arena. The moment of the first is written, the others follow from how long
/// each took; live bytes are written as changes.
/// </summary>
internal static class FramesSection
{
    /// <param name="chunk">The chunk to write to.</param>
    /// <param name="arena">The number of the arena.</param>
    /// <param name="frames">The frames, with times since the tracker was attached.</param>
    /// <param name="secondsAtAttach">The moment of that in the capture.</param>
    public static void Write(
        ByteWriter chunk, int arena, ReadOnlySpan<CaptureFrames> frames, double secondsAtAttach)
    {
        chunk.Begin(SectionKind.Frames);
        chunk.Number(arena);
        chunk.Number(frames[0].FirstFrame);
        chunk.Signed(CaptureTime.Microseconds(frames[0].StartSeconds + secondsAtAttach));
        long live = 0;
        foreach (ref readonly var frame in frames)
        {
            chunk.Number(frame.Frames);
            chunk.Number(CaptureTime.Microseconds(frame.Seconds));
            if (frame.Frames > 1)
                chunk.Number(CaptureTime.Microseconds(frame.LongestSeconds));
            chunk.Number(frame.Allocations);
            chunk.Number(frame.AllocatedBytes);
            chunk.Number(frame.Frees);
            chunk.Number(frame.FreedBytes);
            chunk.Signed(frame.LiveBytes - live);
            chunk.Number(frame.PeakBytes - frame.LiveBytes);
            chunk.Number(frame.ColdCalls);
            if (frame.ColdCalls > 0)
                chunk.Number(CaptureTime.Microseconds(frame.ColdSeconds));
            live = frame.LiveBytes;
        }
    }

    /// <summary>Reads the number of the arena whose frames <see cref="ReadFrames"/> reads then.</summary>
    public static int ReadArena(ref ByteReader section) => section.Count();

    public static void ReadFrames(ref ByteReader section, List<CaptureFrames> into)
    {
        var frame = section.Long();
        var start = CaptureTime.Seconds(section.Signed());
        long live = 0;
        while (!section.AtEnd)
        {
            var frames = section.Count();
            var seconds = CaptureTime.Seconds(section.Long());
            var longest = frames > 1 ? CaptureTime.Seconds(section.Long()) : seconds;
            var allocations = section.Long();
            var allocatedBytes = section.Long();
            var frees = section.Long();
            var freedBytes = section.Long();
            live = checked(live + section.Signed());
            var peak = checked(live + section.Long());
            var coldCalls = section.Long();
            var coldSeconds = coldCalls > 0 ? CaptureTime.Seconds(section.Long()) : 0;
            into.Add(new CaptureFrames
            {
                FirstFrame = frame,
                Frames = frames,
                StartSeconds = start,
                Seconds = seconds,
                LongestSeconds = longest,
                Allocations = allocations,
                AllocatedBytes = allocatedBytes,
                Frees = frees,
                FreedBytes = freedBytes,
                LiveBytes = live,
                PeakBytes = peak,
                ColdCalls = coldCalls,
                ColdSeconds = coldSeconds,
            });
            frame = checked(frame + frames);
            start += seconds;
        }
    }
}
