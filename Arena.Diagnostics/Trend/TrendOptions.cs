namespace Arena.Diagnostics;

/// <summary>Options of the analysis of a trend.</summary>
/// <example>
/// <code>
/// var options = new TrendOptions { LimitBytes = 2e9, Period = TimeSpan.FromDays(1) };
/// Console.WriteLine(LeakTrend.Analyze(seconds, bytes, options));
/// </code>
/// </example>
public sealed record TrendOptions
{
    /// <summary>The number of bytes that the program must not reach; null for no forecast.</summary>
    public double? LimitBytes { get; init; }

    /// <summary>The growth below which a verdict is <see cref="TrendVerdict.Negligible"/>; 0 by default.</summary>
    public double NegligibleBytesPerSecond { get; init; }

    /// <summary>The confidence of the intervals that are shown, in (0.5, 1); 0.95 by default.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>
    /// The one-sided significance level of each test, in (0, 0.5); 0.01 by default. A smaller one means fewer false
    /// alarms and later detection.
    /// </summary>
    public double FalseAlarmRate { get; init; } = 0.01;

    /// <summary>
    /// The period after which the program's activity repeats, such as a day; null if it is not known. In a record of
    /// three cycles or more, the wave is removed before the floor is judged, and growth has to show from each phase of
    /// a cycle to the same phase of the next. If it is null, an hour, a day and a week are tried, provided that the
    /// record has at least three cycles and fewer than twelve; with more, no correction is needed.
    /// </summary>
    public TimeSpan? Period { get; init; }
}
