using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>
/// The contents of a report: made from a capture once, and all that any format renders. As JSON it is the
/// report for programs. Bytes and counts are whole numbers, times are seconds since the capture was begun, and an
/// unknown number is null.
/// </summary>
internal sealed record ReportModel
{
    public const string SchemaName = "arena-report/1";

    /// <summary>The schema's name, whose number changes when a member changes its meaning or goes away.</summary>
    public string Schema { get; init; } = SchemaName;

    public required SourceModel Source { get; init; }

    public required VerdictModel Verdict { get; init; }

    public required NumbersModel Numbers { get; init; }

    public required TrendModel Trend { get; init; }

    public required SeriesModel Series { get; init; }

    /// <summary>The sites: the steepest first if the trend grows at all, otherwise the largest first.</summary>
    public required IReadOnlyList<SiteModel> Sites { get; init; }

    public IReadOnlyList<ArenaModel> Arenas { get; init; } = [];

    public IReadOnlyList<MapModel> Maps { get; init; } = [];

    /// <summary>The differences between two moments; null if there is only one.</summary>
    public ChangeModel? Change { get; init; }

    /// <summary>The frames; null if the game marked none.</summary>
    public FramesModel? Frames { get; init; }

    /// <summary>The live bytes of tags, and their budgets.</summary>
    public IReadOnlyList<TagModel> Tags { get; init; } = [];

    /// <summary>Errors, leaks at dispose, budgets and marks, in order of time.</summary>
    public IReadOnlyList<EventModel> Events { get; init; } = [];

    /// <summary>The cost of tracking and capturing; null if the source does not say.</summary>
    public CaptureOverhead? Cost { get; init; }

    /// <summary>Assumptions that a reader has to know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
