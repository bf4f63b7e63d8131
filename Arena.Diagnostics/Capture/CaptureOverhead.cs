namespace Arena.Diagnostics;

/// <summary>What tracking and capturing cost, up to the last moment of a capture.</summary>
public sealed record CaptureOverhead
{
    /// <summary>Bytes of the trackers' tables, committed.</summary>
    public long TableBytes { get; init; }

    /// <summary>Bytes of managed memory of the trackers, about.</summary>
    public long ManagedBytes { get; init; }

    /// <summary>Live allocations in the tables.</summary>
    public long TrackedCount { get; init; }

    /// <summary>Allocations that could not be tracked for want of memory.</summary>
    public long UntrackedCount { get; init; }

    /// <summary>Events that were not kept, because too many came at a time.</summary>
    public long DroppedEvents { get; init; }

    /// <summary>Bytes of the file.</summary>
    public long FileBytes { get; init; }

    /// <summary>How often was written.</summary>
    public long Writings { get; init; }

    /// <summary>Seconds that all writings took on the capture's own thread.</summary>
    public double WritingSeconds { get; init; }

    /// <summary>Seconds that the longest writing took.</summary>
    public double LongestWritingSeconds { get; init; }

    /// <summary>
    /// Nanoseconds that tracking adds to an allocation and its free, measured on the machine while it ran, tables in
    /// the cache; times the allocations made, about what tracking took.
    /// </summary>
    public double PairNanoseconds { get; init; }
}
