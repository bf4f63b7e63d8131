namespace Arena.Diagnostics;

/// <summary>One frame in a capture, or several consecutive ones added up.</summary>
/// <example>
/// <code>
/// var worst = capture.Arenas[0].Frames.MaxBy((CaptureFrames frames) =&gt; frames.LongestSeconds);
/// Console.WriteLine($"frame {worst.FirstFrame} took {worst.LongestSeconds} s");
/// </code>
/// </example>
public readonly record struct CaptureFrames
{
    /// <summary>The number of the first one.</summary>
    public long FirstFrame { get; init; }

    /// <summary>The number of frames.</summary>
    public int Frames { get; init; }

    /// <summary>The time at which the first one began.</summary>
    public double StartSeconds { get; init; }

    /// <summary>The time that they took together, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>The time that the longest took, in seconds.</summary>
    public double LongestSeconds { get; init; }

    /// <summary>Allocations made in them.</summary>
    public long Allocations { get; init; }

    /// <summary>Their bytes.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Allocations freed in them.</summary>
    public long Frees { get; init; }

    /// <summary>Their bytes.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Bytes alive at the end of the last one, including those from before the tracker.</summary>
    public long LiveBytes { get; init; }

    /// <summary>The most bytes alive in any of them; see <see cref="FrameRecord.PeakBytes"/>.</summary>
    public long PeakBytes { get; init; }

    /// <summary>The number of calls for pages.</summary>
    public long ColdCalls { get; init; }

    /// <summary>Seconds that they took.</summary>
    public double ColdSeconds { get; init; }

    /// <summary>Returns these frames with the next one added.</summary>
    internal CaptureFrames Plus(in FrameRecord frame) => new()
    {
        FirstFrame = Frames == 0 ? frame.Frame : FirstFrame,
        Frames = Frames + 1,
        StartSeconds = Frames == 0 ? frame.StartSeconds : StartSeconds,
        Seconds = Seconds + frame.Seconds,
        LongestSeconds = Math.Max(LongestSeconds, frame.Seconds),
        Allocations = Allocations + frame.Allocations,
        AllocatedBytes = AllocatedBytes + frame.AllocatedBytes,
        Frees = Frees + frame.Frees,
        FreedBytes = FreedBytes + frame.FreedBytes,
        LiveBytes = frame.LiveBytes,
        PeakBytes = Math.Max(PeakBytes, frame.PeakBytes),
        ColdCalls = ColdCalls + frame.ColdCalls,
        ColdSeconds = ColdSeconds + frame.ColdSeconds,
    };
}
