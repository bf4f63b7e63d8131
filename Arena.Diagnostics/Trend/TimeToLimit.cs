namespace Arena.Diagnostics;

/// <summary>
/// When the growth meets the limit, counted from the last sample. The highest sample of the last block is what grows
/// towards it, since peaks and not the floor meet a limit.
/// </summary>
/// <param name="EarliestSeconds">At the upper end of the slope's interval; 0 if the limit is already met.</param>
/// <param name="LatestSeconds">At the lower end of the slope's interval; null if that slope is not positive, so that
/// the limit may never be met.</param>
/// <example>
/// <code>
/// var options = new TrendOptions { LimitBytes = 2e9 };
/// if (LeakTrend.Analyze(seconds, bytes, options).TimeToLimit is { } left)
///     Console.WriteLine($"out of memory in {left.EarliestSeconds} s at the earliest");
/// </code>
/// </example>
public sealed record TimeToLimit(double EarliestSeconds, double? LatestSeconds);
