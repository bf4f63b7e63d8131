namespace Arena.Diagnostics;

/// <summary>
/// The work of an arena's allocators in one frame, from one <see cref="LeakTracker.EndFrame"/> to the next. If a sample
/// is tracked, counts and bytes of allocations are estimates.
/// </summary>
/// <example>
/// <code>
/// tracker.EndFrame();
/// foreach (FrameRecord frame in tracker.RecentFrames())
///     Console.WriteLine($"frame {frame.Frame}: {frame.Allocations} allocations");
/// </code>
/// </example>
public readonly record struct FrameRecord
{
    /// <summary>The number of the frame; 0 for the time before the first one ended.</summary>
    public long Frame { get; init; }

    /// <summary>Seconds from attaching to the start of the frame.</summary>
    public double StartSeconds { get; init; }

    /// <summary>Seconds that the frame lasted.</summary>
    public double Seconds { get; init; }

    /// <summary>Allocations made.</summary>
    public long Allocations { get; init; }

    /// <summary>Their bytes, as granted.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Allocations freed, whenever they were made.</summary>
    public long Frees { get; init; }

    /// <summary>Their bytes.</summary>
    public long FreedBytes { get; init; }

    /// <summary>
    /// Bytes alive at its end, including those from before attaching. (If a sample is tracked, all of those count as
    /// alive forever.)
    /// </summary>
    public long LiveBytes { get; init; }

    /// <summary>
    /// The peak of the live bytes: exact for each allocator. Here it is the sum of their peaks, an upper bound where
    /// several allocators reached theirs at different moments.
    /// </summary>
    public long PeakBytes { get; init; }

    /// <summary>The number of calls for pages that the allocators and the game itself made to the arena.</summary>
    public long ColdCalls { get; init; }

    /// <summary>
    /// Seconds that these calls took, over all threads, including waits for the arena. No other slow path is measured:
    /// the rest takes less time than reading a clock.
    /// </summary>
    public double ColdSeconds { get; init; }

    /// <summary>Committed bytes of the arena at its end.</summary>
    public long CommittedBytes { get; init; }

    /// <summary>Lent bytes of the arena at its end.</summary>
    public long LentBytes { get; init; }

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"frame {Frame}, {Seconds * 1e3:F2} ms: {Allocations} allocations of ")
        + FormattableString.Invariant($"{AllocatedBytes} bytes, {Frees} frees of {FreedBytes}, {LiveBytes} live, ")
        + FormattableString.Invariant($"peak {PeakBytes}, {ColdCalls} calls for pages in {ColdSeconds * 1e3:F3} ms");
}
