namespace Arena.Diagnostics;

/// <summary>
/// The result of <see cref="LeakTrend.Analyze"/>, which is immutable. If there are too few samples to know a value, an
/// interval runs from negative to positive infinity and the detectable slope is positive infinity; no value is NaN.
/// </summary>
/// <example>
/// <code>
/// TrendReport report = LeakTrend.Analyze(seconds, bytes);
/// Console.WriteLine($"{report.SlopeBytesPerSecond} B/s, {report.Verdict}");
/// </code>
/// </example>
public sealed record TrendReport
{
    /// <summary>The verdict on the floor.</summary>
    public required TrendVerdict Verdict { get; init; }

    /// <summary>The least-squares slope over all samples; positive is growth.</summary>
    public required double SlopeBytesPerSecond { get; init; }

    /// <summary>The lower end of the interval of the least-squares slope, corrected for autocorrelation.</summary>
    public required double SlopeLowerBytesPerSecond { get; init; }

    /// <summary>The upper end of the interval of the least-squares slope, corrected for autocorrelation.</summary>
    public required double SlopeUpperBytesPerSecond { get; init; }

    /// <summary>
    /// The growth over the whole window that would have been found nine times in ten, and that was found when it was
    /// planted in this very record. A smaller leak may exist and not be found.
    /// </summary>
    public required double DetectableBytesPerSecond { get; init; }

    /// <summary>The height of the least-squares line at <see cref="StartSeconds"/>, in bytes.</summary>
    public required double InterceptBytes { get; init; }

    /// <summary>The time of the first sample; 0 if there is none.</summary>
    public required double StartSeconds { get; init; }

    /// <summary>The time of the last sample; 0 if there is none.</summary>
    public required double EndSeconds { get; init; }

    /// <summary>The number of samples.</summary>
    public required int SampleCount { get; init; }

    /// <summary>The number of independent samples that would say as much about the least-squares slope.</summary>
    public required double EffectiveSampleCount { get; init; }

    /// <summary>The confidence of all intervals of the report, as requested in the options.</summary>
    public required double Confidence { get; init; }

    /// <summary>The floor: the lowest sample of each block, in order of time. Empty without enough samples.</summary>
    public IReadOnlyList<TrendPoint> Floor { get; init; } = [];

    /// <summary>The shape of the floor.</summary>
    public TrendShape Shape { get; init; }

    /// <summary>The time at which the floor's last stretch began; null if the floor is one stretch.</summary>
    public double? BreakSeconds { get; init; }

    /// <summary>
    /// The slope of the floor's last stretch: the pace of the leak, if there is one. It is Theil and Sen's median, or
    /// the mean change if the level wanders.
    /// </summary>
    public SlopeInterval FloorSlope { get; init; } = new(0, double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>
    /// The probability of such growth of the last stretch without a leak: the larger one of two tests, or 1 for a step.
    /// </summary>
    public double Probability { get; init; } = 1;

    /// <summary>
    /// The slope of the last stretch divided by the slope of its first half: about 1 for a leak, 0.5 for a cache that
    /// fills logarithmically. Null if the last stretch does not grow.
    /// </summary>
    public double? DoublingRatio { get; init; }

    /// <summary>
    /// The time at which the growth began; the time of the first sample if it is older than the window. Null without
    /// growth.
    /// </summary>
    public double? GrowthBeganSeconds { get; init; }

    /// <summary>The time until the limit is met. Null without a limit or without growth.</summary>
    public TimeToLimit? TimeToLimit { get; init; }

    /// <summary>
    /// The arenas that a <see cref="LeakAssert"/> watched, in which case each second of this report is an iteration;
    /// otherwise null.
    /// </summary>
    internal string? Subject { get; init; }

    /// <summary>The finding in one sentence.</summary>
    public override string ToString() =>
        Subject is null ? TrendText.Sentence(this) : IterationText.Sentence(this);
}
