namespace Arena.Report.Model;

internal sealed record CostModel
{
    public long TableBytes { get; init; }

    public long ManagedBytes { get; init; }

    public long TrackedCount { get; init; }

    public long UntrackedCount { get; init; }

    public long DroppedEvents { get; init; }

    public long FileBytes { get; init; }

    public long Writings { get; init; }

    public double WritingSeconds { get; init; }

    public double LongestWritingSeconds { get; init; }

    public double PairNanoseconds { get; init; }

    /// <summary>The approximate time that tracking took from the game.</summary>
    public double TrackingSeconds { get; init; }
}
