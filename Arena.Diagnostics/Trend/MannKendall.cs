namespace Arena.Diagnostics;

/// <summary>Tests for a monotonic trend by comparing only which of two values is larger.</summary>
/// <remarks>
/// S counts the pairs that rise minus the pairs that fall (Mann, Econometrica 13, 1945; Kendall, Rank Correlation
/// Methods, 1948). Without a trend S is nearly normal with mean 0 and variance (m(m-1)(2m+5) - sum t(t-1)(2t+5)) / 18,
/// the sum over groups of t equal values; one pair is subtracted for continuity. The variance is multiplied by the
/// factor of the autocorrelation (Yue and Wang 2004). No outlier, however large, moves S by more than its rank.
/// </remarks>
internal static class MannKendall
{
    /// <summary>
    /// Returns the probability of this many rising pairs or more without a trend; 1 if all values are equal.
    /// </summary>
    public static double UpwardProbability(ReadOnlySpan<double> values, double varianceFactor)
    {
        int s = 0;
        for (int i = 1; i < values.Length; i++)
        {
            for (int j = 0; j < i; j++)
                s += Math.Sign(values[i] - values[j]);
        }
        double variance = varianceFactor * Variance(values);
        return variance > 0 ? StudentT.UpperTail((s - Math.Sign(s)) / Math.Sqrt(variance), StudentT.Normal) : 1;
    }

    /// <summary>Returns the least probability that the test can give, which is when every pair rises.</summary>
    public static double LeastProbability(int count, double varianceFactor)
    {
        double pairs = count * (count - 1) / 2.0;
        double variance = varianceFactor * count * (count - 1.0) * (2 * count + 5) / 18;
        return StudentT.UpperTail((pairs - 1) / Math.Sqrt(variance), StudentT.Normal);
    }

    /// <summary>Returns the variance of S for independent values, corrected for ties.</summary>
    public static double Variance(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        Array.Sort(sorted);
        double sum = Term(sorted.Length);
        for (int start = 0, i = 1; i <= sorted.Length; i++)
        {
            if (i < sorted.Length && sorted[i] == sorted[start])
                continue;
            sum -= Term(i - start);
            start = i;
        }
        return sum / 18;

        static double Term(double count) => count * (count - 1) * (2 * count + 5);
    }
}
