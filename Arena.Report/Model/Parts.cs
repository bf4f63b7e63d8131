using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <param name="Name">Its name.</param>
/// <param name="ReservedBytes">Bytes of addresses.</param>
/// <param name="BudgetBytes">The ceiling on committed bytes; 0 where there is none.</param>
/// <param name="SampleBytes">Bytes from sample to sample; 0 where everything was tracked.</param>
/// <param name="LiveBytes">Live bytes.</param>
/// <param name="CommittedBytes">Committed bytes.</param>
/// <param name="Allocators">Its allocators.</param>
internal sealed record ArenaModel(
    string Name,
    long ReservedBytes,
    long BudgetBytes,
    long SampleBytes,
    long LiveBytes,
    long CommittedBytes,
    IReadOnlyList<AllocatorModel> Allocators);

/// <param name="Kind">Pool, heap, buddy and so on.</param>
/// <param name="Name">Its name.</param>
/// <param name="Tag">Its own tag.</param>
/// <param name="IsGone">It was disposed.</param>
/// <param name="BeforeCount">Alive from before the tracker.</param>
/// <param name="BeforeBytes">Their bytes.</param>
internal sealed record AllocatorModel(
    string Kind, string Name, string? Tag, bool IsGone, long BeforeCount, long BeforeBytes);

/// <summary>What changed from one moment to another, by site.</summary>
/// <param name="From">The earlier one's name.</param>
/// <param name="FromSeconds">When that was.</param>
/// <param name="To">The later one's name.</param>
/// <param name="ToSeconds">When that was.</param>
/// <param name="Rows">Growth first, shrinkage last.</param>
internal sealed record ChangeModel(
    string From, double FromSeconds, string To, double ToSeconds, IReadOnlyList<ChangeRow> Rows);

/// <param name="Site">The site's name.</param>
/// <param name="Tag">Its tag.</param>
/// <param name="Count">Allocations more.</param>
/// <param name="Bytes">Bytes more.</param>
internal sealed record ChangeRow(string Site, string? Tag, long Count, long Bytes);

/// <summary>The frames of one arena, of the one that has most.</summary>
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

/// <param name="Seconds">When the first of them began.</param>
/// <param name="FirstFrame">Its number.</param>
/// <param name="Frames">How many.</param>
/// <param name="MeanSeconds">How long they took.</param>
/// <param name="LongestSeconds">How long the longest took.</param>
/// <param name="Allocations">Allocations in them.</param>
/// <param name="PeakBytes">The most bytes alive in any of them.</param>
internal sealed record FrameBar(
    double Seconds,
    long FirstFrame,
    long Frames,
    double MeanSeconds,
    double LongestSeconds,
    long Allocations,
    long PeakBytes);

/// <param name="Tag">The tag; null for what has none.</param>
/// <param name="Count">Live allocations.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="SoftBytes">The ceiling that notifies; 0 for none.</param>
/// <param name="HardBytes">The ceiling that refuses; 0 for none.</param>
/// <param name="Refusals">Allocations that it refused.</param>
internal sealed record TagModel(string? Tag, long Count, long Bytes, long SoftBytes, long HardBytes, long Refusals);

/// <param name="Kind">What it is.</param>
/// <param name="Seconds">When.</param>
/// <param name="Arena">The arena's name; null where it concerns none.</param>
/// <param name="Frame">The frame that was under way.</param>
/// <param name="Text">The message.</param>
/// <param name="Stack">The stack that led to an error; empty for others.</param>
internal sealed record EventModel(
    CaptureEventKind Kind, double Seconds, string? Arena, long Frame, string Text, string Stack);

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

    /// <summary>About what tracking took of the game's time.</summary>
    public double TrackingSeconds { get; init; }
}
