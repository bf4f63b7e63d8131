namespace Arena.Diagnostics;

/// <summary>The totals of an arena at a moment. Bytes and counts; times in seconds.</summary>
/// <example>
/// <code>
/// foreach (CaptureTotals totals in capture.Arenas[0].Totals)
///     Console.WriteLine($"{totals.Seconds} s: {totals.LiveBytes} bytes live");
/// </code>
/// </example>
public readonly record struct CaptureTotals
{
    /// <summary>The moment.</summary>
    public double Seconds { get; init; }

    /// <summary>The frame at that moment.</summary>
    public long Frame { get; init; }

    /// <summary>Bytes alive, including those from before the tracker.</summary>
    public long LiveBytes { get; init; }

    /// <summary>The least live bytes at any write since the previous reading: the floor.</summary>
    public long LeastLiveBytes { get; init; }

    /// <summary>The most live bytes at any write since the previous reading.</summary>
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

    /// <summary>The peak of the committed bytes.</summary>
    public long PeakCommittedBytes { get; init; }

    /// <summary>Allocations made since the tracker was attached.</summary>
    public long Allocations { get; init; }

    /// <summary>Their bytes.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Allocations freed, of <see cref="Allocations"/>.</summary>
    public long Frees { get; init; }

    /// <summary>Their bytes.</summary>
    public long FreedBytes { get; init; }

    /// <summary>Calls for pages since the tracker was attached.</summary>
    public long ColdCalls { get; init; }

    /// <summary>Seconds that they took.</summary>
    public double ColdSeconds { get; init; }
}
