namespace GameLoop.Statistics;

/// <summary>
/// Percentiles by nearest rank, and only those that the number of values supports: at least two values must lie beyond.
/// </summary>
internal static class Percentiles
{
    private const int FewestBeyond = 2;
    private const int PerMilleOfAll = 1_000;

    /// <summary>The number of values from which on a percentile is one.</summary>
    /// <param name="perMille">The percentile in thousandths: 999 is the 99.9th.</param>
    public static int FewestValues(int perMille) =>
        (FewestBeyond * PerMilleOfAll + PerMilleOfAll - perMille - 1) / (PerMilleOfAll - perMille);

    /// <summary>A percentile; null where there are too few values for it.</summary>
    /// <param name="sorted">The values, the smallest first.</param>
    /// <param name="perMille">The percentile in thousandths.</param>
    public static double? Of(ReadOnlySpan<double> sorted, int perMille) =>
        sorted.Length < FewestValues(perMille) ? null : AtRank(sorted, perMille);

    /// <summary>The median, of any number of values.</summary>
    public static double Median(ReadOnlySpan<double> sorted) => AtRank(sorted, PerMilleOfAll / 2);

    /// <summary>The mean of the largest hundredth of the values, at least of one.</summary>
    public static double MeanOfLargestPercent(ReadOnlySpan<double> sorted)
    {
        var largest = sorted[^Math.Max(1, sorted.Length / 100)..];
        var sum = 0.0;
        foreach (var value in largest)
            sum += value;
        return sum / largest.Length;
    }

    private static double AtRank(ReadOnlySpan<double> sorted, int perMille) =>
        sorted[(int)(((long)sorted.Length * perMille + PerMilleOfAll - 1) / PerMilleOfAll) - 1];
}
