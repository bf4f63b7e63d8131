using System.Buffers;

namespace Arena.Diagnostics;

/// <summary>Computes the median of the slopes of all pairs, with the interval that their ranks give.</summary>
/// <remarks>
/// Theil (Proc. KNAW 53, 1950) and Sen (J. Am. Stat. Assoc. 63, 1968). Up to 29 % of the points may be arbitrarily
/// wrong. Sen's interval reads off the sorted slopes at (N -+ C) / 2, C = quantile * sqrt(var S), S of Mann and
/// Kendall. All pairs are formed: this runs on fewer than a hundred block minima, never on raw samples.
/// </remarks>
internal static class TheilSen
{
    /// <summary>Returns the slope of at least two points, with rising x, and its interval.</summary>
    public static SlopeInterval Slope(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, double varianceFactor, double quantile)
    {
        double[] slopes = ArrayPool<double>.Shared.Rent(x.Length * (x.Length - 1) / 2);
        int count = 0;
        for (int i = 1; i < x.Length; i++)
        {
            for (int j = 0; j < i; j++)
                slopes[count++] = (y[i] - y[j]) / (x[i] - x[j]);
        }
        Array.Sort(slopes, 0, count);
        double median = (slopes[(count - 1) / 2] + slopes[count / 2]) / 2;
        double reach = quantile * Math.Sqrt(varianceFactor * MannKendall.Variance(y));
        int low = (int)Math.Floor((count - reach) / 2) - 1;
        int high = (int)Math.Ceiling((count + reach) / 2);
        var interval = new SlopeInterval(median, slopes[Math.Max(low, 0)], slopes[Math.Min(high, count - 1)]);
        ArrayPool<double>.Shared.Return(slopes);
        return interval;
    }
}
