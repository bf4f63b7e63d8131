namespace Arena.Diagnostics;

/// <summary>What a person may want to decide about the judgement of a trend.</summary>
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
}
