using GameLoop.Statistics;

namespace GameLoop.Measurement;

/// <summary>Frame times in milliseconds; a percentile is null where there are too few frames for it.</summary>
/// <param name="P50">The median.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="P999">The 99.9th percentile.</param>
/// <param name="LongestPercent">The mean of the longest hundredth of the frames.</param>
/// <param name="Max">The longest.</param>
internal sealed record FrameTimes(double P50, double? P99, double? P999, double LongestPercent, double Max)
{
    /// <summary>The frames from which on there is a 99.9th percentile.</summary>
    public static int FramesForP999 { get; } = Percentiles.FewestValues(999);

    public static FrameTimes Of(IEnumerable<long> frameNanoseconds)
    {
        double[] sorted = [.. frameNanoseconds.Select(static time => time / 1e6)];
        Array.Sort(sorted);
        return new FrameTimes(
            Percentiles.Median(sorted), Percentiles.Of(sorted, 990), Percentiles.Of(sorted, 999),
            Percentiles.MeanOfLargestPercent(sorted), sorted[^1]);
    }
}
