namespace Arena.Diagnostics;

/// <summary>
/// The time until growth meets the limit, counted from the last sample. The forecast starts from the highest sample of
/// the last block, because peaks and not the floor meet a limit.
/// </summary>
/// <param name="EarliestSeconds">
/// The time at the upper end of the slope's interval; 0 if the limit is already met.
/// </param>
/// <param name="LatestSeconds">
/// The time at the lower end of the slope's interval; null if that slope is not positive, so that the limit may never
/// be met.
/// </param>
/// <example>
/// <code>
/// var options = new TrendOptions { LimitBytes = 2e9 };
/// if (LeakTrend.Analyze(seconds, bytes, options).TimeToLimit is { } left)
///     Console.WriteLine($"out of memory in {left.EarliestSeconds} s at the earliest");
/// </code>
/// </example>
public sealed record TimeToLimit(double EarliestSeconds, double? LatestSeconds);
