namespace GameLoop.Statistics;

/// <summary>Compares what two contestants took in the same rounds.</summary>
internal static class Comparison
{
    /// <summary>Returns the ratio of typical frames: the median of the ratios of the rounds' medians.</summary>
    /// <param name="rounds">Frame times of one contestant, by round.</param>
    /// <param name="others">Those of the other, of the same rounds.</param>
    public static Ratio OfMedians(IReadOnlyList<double[]> rounds, IReadOnlyList<double[]> others)
    {
        var ratios = rounds.Zip(others, static (mine, theirs) => Median(mine) / Median(theirs)).ToArray();
        return Bootstrap.Of(ratios.Length, drawn => Median(Array.ConvertAll(drawn, round => ratios[round])));
    }

    /// <summary>Returns the ratio of the means of the longest hundredth of all frames.</summary>
    /// <param name="rounds">Frame times of one contestant, by round.</param>
    /// <param name="others">Those of the other, of the same rounds.</param>
    public static Ratio OfLongest(IReadOnlyList<double[]> rounds, IReadOnlyList<double[]> others) => Bootstrap.Of(
        rounds.Count, drawn => Longest(rounds, drawn) / Longest(others, drawn));

    private static double Longest(IReadOnlyList<double[]> rounds, int[] drawn)
    {
        double[] frames = [.. drawn.SelectMany(round => rounds[round])];
        Array.Sort(frames);
        return Percentiles.MeanOfLargestPercent(frames);
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return Percentiles.Median(sorted);
    }
}
