namespace Arena.Diagnostics;

/// <summary>
/// What an arena's allocators did in one frame, from one <see cref="LeakTracker.EndFrame"/> to the next. Where a sample
/// is tracked, counts and bytes of allocations are estimates.
/// </summary>
public readonly record struct FrameRecord
{
    /// <summary>0 for what came before the first mark.</summary>
    public long Frame { get; init; }

    /// <summary>Seconds from the attaching to the frame's begin.</summary>
    public double StartSeconds { get; init; }

    /// <summary>Seconds that it lasted.</summary>
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
    /// Bytes alive at its end, those from before the attaching included. (Where a sample is tracked, all of these count
    /// as alive for ever.)
    /// </summary>
    public long LiveBytes { get; init; }

    /// <summary>
    /// The most bytes alive in it: exact for each allocator, and their sum here, so more than were alive at one moment
    /// where several allocators had their peaks at different ones.
    /// </summary>
    public long PeakBytes { get; init; }

    /// <summary>Calls that the allocators, and the game itself, made to the arena for pages.</summary>
    public long ColdCalls { get; init; }

    /// <summary>
    /// Seconds that these took, on all threads together, waiting for the arena included. This is the slow path whose
    /// time can be told: the rest of an allocator's takes less than reading a clock would.
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
