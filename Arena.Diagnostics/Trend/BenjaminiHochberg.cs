namespace Arena.Diagnostics;

/// <summary>
/// Chooses which of many tests to believe, so that only a stated fraction of those is wrong on average.
/// </summary>
/// <remarks>
/// A thousand call sites tested at 1 % yield ten false alarms. Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995):
/// sort the probabilities, find the largest rank k with p(k) at most k q / m, believe the first k. This holds for
/// independent and for positively dependent tests (Benjamini and Yekutieli, Ann. Stat. 29, 2001).
/// </remarks>
internal static class BenjaminiHochberg
{
    /// <summary>
    /// Returns the largest probability to believe at the false discovery rate; negative if there is none.
    /// </summary>
    public static double Threshold(ReadOnlySpan<double> probabilities, double falseDiscoveryRate)
    {
        double[] sorted = probabilities.ToArray();
        Array.Sort(sorted);
        for (int rank = sorted.Length; rank > 0; rank--)
        {
            if (sorted[rank - 1] <= falseDiscoveryRate * rank / sorted.Length)
                return sorted[rank - 1];
        }
        return -1;
    }
}
