namespace Arena.Report.Model;

/// <summary>The frames of the arena that has most.</summary>
internal sealed record FramesModel
{
    public required string Arena { get; init; }

    public long Count { get; init; }

    public double BudgetSeconds { get; init; }

    public long OverBudget { get; init; }

    public double MedianSeconds { get; init; }

    public double P99Seconds { get; init; }

    public double LongestSeconds { get; init; }

    public long LongestFrame { get; init; }

    public double AllocationsPerFrame { get; init; }

    public double AllocatedBytesPerFrame { get; init; }

    /// <summary>Calls for pages, and the time that they took.</summary>
    public long ColdCalls { get; init; }

    public double ColdSeconds { get; init; }

    public long PeakBytes { get; init; }

    /// <summary>All frames in order, some of them added up.</summary>
    public IReadOnlyList<FrameBar> Bars { get; init; } = [];
}
