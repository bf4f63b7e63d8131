namespace Arena.Diagnostics;

/// <summary>The totals of an arena at a moment. Bytes and counts; times in seconds.</summary>
public readonly record struct CaptureTotals
{
    /// <summary>The moment.</summary>
    public double Seconds { get; init; }

    /// <summary>The frame that was under way.</summary>
    public long Frame { get; init; }

    /// <summary>Bytes alive, those from before the tracker included.</summary>
    public long LiveBytes { get; init; }

    /// <summary>The least that they were at any writing since the reading before: the floor.</summary>
    public long LeastLiveBytes { get; init; }

    /// <summary>The most.</summary>
    public long MostLiveBytes { get; init; }

    /// <summary>Bytes alive that were allocated since the tracker was attached.</summary>
    public long TrackedBytes => LiveBytes - BeforeBytes;

    /// <summary>Bytes alive from before the tracker.</summary>
    public long BeforeBytes { get; init; }

    /// <summary>Allocations alive from before the tracker.</summary>
    public long BeforeCount { get; init; }

    /// <summary>Committed bytes.</summary>
    public long CommittedBytes { get; init; }

    /// <summary>Lent bytes.</summary>
    public long LentBytes { get; init; }

    /// <summary>The most that was ever committed.</summary>
    public long PeakCommittedBytes { get; init; }

    /// <summary>Allocations made since the tracker was attached.</summary>
    public long Allocations { get; init; }

    /// <summary>Their bytes.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Of these, allocations freed.</summary>
    public long Frees { get; init; }

    /// <summary>Their bytes.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Calls for pages since the tracker was attached.</summary>
    public long ColdCalls { get; init; }

    /// <summary>Seconds that they took.</summary>
    public double ColdSeconds { get; init; }
}
