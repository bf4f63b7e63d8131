namespace Arena.Diagnostics;

/// <summary>What a person may want to decide about the judgement of a trend.</summary>
/// <example>
/// <code>
/// var options = new TrendOptions { LimitBytes = 2e9, Period = TimeSpan.FromDays(1) };
/// Console.WriteLine(LeakTrend.Analyze(seconds, bytes, options));
/// </code>
/// </example>
public sealed record TrendOptions
{
    /// <summary>The number of bytes at which the program is in trouble; null if there is none to forecast.</summary>
    public double? LimitBytes { get; init; }

    /// <summary>Growth slower than this is <see cref="TrendVerdict.Negligible"/>; 0 at first.</summary>
    public double NegligibleBytesPerSecond { get; init; }

    /// <summary>The confidence of the intervals that are shown, in (0.5, 1); 0.95 at first.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>
    /// The one-sided significance level of each test, in (0, 0.5); 0.01 at first. Smaller means fewer false alarms and
    /// later detection.
    /// </summary>
    public double FalseAlarmRate { get; init; } = 0.01;

    /// <summary>
    /// The time after which what the program does comes back, such as a day; null if it is not known. Positive. In a
    /// record of three cycles or more, the wave is taken out before the floor is judged, and growth has to show from
    /// each phase of a cycle to the same phase of the next. Where it is null, an hour, a day and a week are tried: the
    /// ones of which the record has at least three cycles and fewer than twelve, which need no help.
    /// </summary>
    public TimeSpan? Period { get; init; }
}
