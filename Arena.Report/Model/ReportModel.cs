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

    /// <summary>What is alive under tags, and their budgets.</summary>
    public IReadOnlyList<TagModel> Tags { get; init; } = [];

    /// <summary>Errors, leaks at dispose, budgets and marks, in order of time.</summary>
    public IReadOnlyList<EventModel> Events { get; init; } = [];

    /// <summary>The cost of tracking and capturing; null if the source does not say.</summary>
    public CostModel? Cost { get; init; }

    /// <summary>Assumptions that a reader has to know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <param name="File">The name of the file.</param>
/// <param name="Kind"><c>capture</c> or <c>record</c>.</param>
/// <param name="Format">The version of the file's format; null where it has none.</param>
/// <param name="Started">When it was begun; null where that is not known.</param>
/// <param name="Seconds">The last moment in it.</param>
/// <param name="Problem">Null where it is complete; else what is missing, in one line.</param>
/// <param name="From">Where the window of the trend begins.</param>
/// <param name="To">Where it ends; other numbers are as of this moment, too.</param>
/// <param name="Facts">About the process and the machine.</param>
internal sealed record SourceModel(
    string File,
    string Kind,
    string? Format,
    DateTimeOffset? Started,
    double Seconds,
    string? Problem,
    double From,
    double To,
    IReadOnlyDictionary<string, string> Facts);

/// <param name="Level">How bad it is.</param>
/// <param name="Sentence">The finding in one sentence.</param>
/// <param name="LeftCount">Allocations alive after everything was closed; null if no mark says when.</param>
/// <param name="LeftBytes">Their bytes.</param>
internal sealed record VerdictModel(VerdictLevel Level, string Sentence, long? LeftCount, long? LeftBytes);

/// <summary>How bad it is.</summary>
internal enum VerdictLevel
{
    Unknown,
    Good,
    Suspect,
    Leak,
}

internal sealed record NumbersModel
{
    public long LiveBytes { get; init; }

    public long LiveCount { get; init; }

    public long PeakLiveBytes { get; init; }

    public long BeforeBytes { get; init; }

    public long CommittedBytes { get; init; }

    public long PeakCommittedBytes { get; init; }

    public long ReservedBytes { get; init; }

    /// <summary>Resident bytes of the whole process; 0 if unknown.</summary>
    public long ResidentBytes { get; init; }

    public long ManagedBytes { get; init; }

    /// <summary>Resident, but neither committed by an arena nor managed: the runtime, code, other libraries.</summary>
    public long OtherResidentBytes => Math.Max(0, ResidentBytes - CommittedBytes - ManagedBytes);

    public long Allocations { get; init; }

    public long AllocatedBytes { get; init; }

    public long Frees { get; init; }

    public int InvalidFrees { get; init; }

    public int OutOfMemory { get; init; }

    public int OtherRefusals { get; init; }
}

/// <summary>The trend, as <see cref="TrendReport"/>; what is infinite there is null here.</summary>
internal sealed record TrendModel
{
    public required TrendVerdict Verdict { get; init; }

    public required string Sentence { get; init; }

    public int SampleCount { get; init; }

    public double EffectiveSampleCount { get; init; }

    public double Confidence { get; init; }

    public double SlopeBytesPerSecond { get; init; }

    public double? SlopeLowerBytesPerSecond { get; init; }

    public double? SlopeUpperBytesPerSecond { get; init; }

    public double? DetectableBytesPerSecond { get; init; }

    public double InterceptBytes { get; init; }

    public double StartSeconds { get; init; }

    public double EndSeconds { get; init; }

    public TrendShape Shape { get; init; }

    public double? BreakSeconds { get; init; }

    public double FloorBytesPerSecond { get; init; }

    public double? FloorLowerBytesPerSecond { get; init; }

    public double? FloorUpperBytesPerSecond { get; init; }

    public double Probability { get; init; }

    public double? DoublingRatio { get; init; }

    public double? GrowthBeganSeconds { get; init; }

    public double? LimitBytes { get; init; }

    public double? EarliestSecondsToLimit { get; init; }

    public double? LatestSecondsToLimit { get; init; }

    public IReadOnlyList<TrendPoint> Floor { get; init; } = [];

    public static TrendModel Of(TrendReport report, double? limitBytes) => new()
    {
        Verdict = report.Verdict,
        Sentence = report.ToString(),
        SampleCount = report.SampleCount,
        EffectiveSampleCount = report.EffectiveSampleCount,
        Confidence = report.Confidence,
        SlopeBytesPerSecond = report.SlopeBytesPerSecond,
        SlopeLowerBytesPerSecond = Finite(report.SlopeLowerBytesPerSecond),
        SlopeUpperBytesPerSecond = Finite(report.SlopeUpperBytesPerSecond),
        DetectableBytesPerSecond = Finite(report.DetectableBytesPerSecond),
        InterceptBytes = report.InterceptBytes,
        StartSeconds = report.StartSeconds,
        EndSeconds = report.EndSeconds,
        Shape = report.Shape,
        BreakSeconds = report.BreakSeconds,
        FloorBytesPerSecond = report.FloorSlope.BytesPerSecond,
        FloorLowerBytesPerSecond = Finite(report.FloorSlope.LowerBytesPerSecond),
        FloorUpperBytesPerSecond = Finite(report.FloorSlope.UpperBytesPerSecond),
        Probability = report.Probability,
        DoublingRatio = report.DoublingRatio,
        GrowthBeganSeconds = report.GrowthBeganSeconds,
        LimitBytes = limitBytes,
        EarliestSecondsToLimit = Finite(report.TimeToLimit?.EarliestSeconds),
        LatestSecondsToLimit = Finite(report.TimeToLimit?.LatestSeconds),
        Floor = report.Floor,
    };

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}

/// <summary>Memory over the whole source, at the times that all its series share.</summary>
/// <param name="Seconds">The times.</param>
/// <param name="LiveBytes">Live bytes.</param>
/// <param name="CommittedBytes">Bytes with storage.</param>
internal sealed record SeriesModel(
    IReadOnlyList<double> Seconds, IReadOnlyList<double> LiveBytes, IReadOnlyList<double> CommittedBytes)
{
    /// <summary>Keeps at most a number of points: the lowest and the highest of equal groups of neighbours.</summary>
    public SeriesModel Thinned(int most)
    {
        if (Seconds.Count <= most)
            return this;
        var group = (2 * Seconds.Count - 1) / most + 1;
        List<int> kept = [];
        for (var first = 0; first < Seconds.Count; first += group)
        {
            var few = Enumerable.Range(first, Math.Min(group, Seconds.Count - first)).ToArray();
            var (lowest, highest) = (few.MinBy(i => LiveBytes[i]), few.MaxBy(i => LiveBytes[i]));
            kept.Add(Math.Min(lowest, highest));
            if (lowest != highest)
                kept.Add(Math.Max(lowest, highest));
        }
        return new SeriesModel(Of(Seconds), Of(LiveBytes), Of(CommittedBytes));

        double[] Of(IReadOnlyList<double> values) => [.. kept.Select(i => values[i])];
    }
}
