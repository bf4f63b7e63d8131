using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>The trend, as <see cref="TrendReport"/>; infinite values are null here.</summary>
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
