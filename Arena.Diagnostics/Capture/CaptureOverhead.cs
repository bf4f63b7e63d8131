namespace Arena.Diagnostics;

/// <summary>The cost of tracking and capturing, up to the last moment of a capture.</summary>
/// <example>
/// <code>
/// CaptureOverhead overhead = capture.Overhead;
/// Console.WriteLine($"tracking took {overhead.TableBytes} bytes and {overhead.PairNanoseconds} ns a pair");
/// </code>
/// </example>
public sealed record CaptureOverhead
{
    /// <summary>Bytes of the trackers' tables, committed.</summary>
    public long TableBytes { get; init; }

    /// <summary>Approximate bytes of managed memory of the trackers.</summary>
    public long ManagedBytes { get; init; }

    /// <summary>Live allocations in the tables.</summary>
    public long TrackedCount { get; init; }

    /// <summary>Allocations that could not be tracked because the tracker was out of memory.</summary>
    public long UntrackedCount { get; init; }

    /// <summary>Events that were dropped because too many came at a time.</summary>
    public long DroppedEvents { get; init; }

    /// <summary>Bytes of the file.</summary>
    public long FileBytes { get; init; }

    /// <summary>The number of writes.</summary>
    public long Writings { get; init; }

    /// <summary>Seconds that all writes took on the capture's own thread.</summary>
    public double WritingSeconds { get; init; }

    /// <summary>Seconds that the longest write took.</summary>
    public double LongestWritingSeconds { get; init; }

    /// <summary>
    /// The nanoseconds that tracking adds to an allocation and its free, measured on the machine while it ran, with
    /// tables in the cache.
    /// </summary>
    public double PairNanoseconds { get; init; }

    /// <summary>
    /// The approximate seconds that tracking took from the game: <see cref="PairNanoseconds"/> for each allocation.
    /// </summary>
    public double TrackingSeconds { get; init; }
}
