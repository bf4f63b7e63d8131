namespace Arena.Diagnostics;

/// <summary>Measures how much less a sample is worth because its neighbours resemble it.</summary>
/// <remarks>
/// Samples of memory use are correlated: a high one is followed by a high one. If such samples are treated as
/// independent, any test for growth gives false alarms. The variance of a mean of n values with autocorrelation r(k) is
/// V times that of independent ones, V = 1 + 2 sum (1 - k/n) r(k) (Bayley and Hammersley, J. R. Stat. Soc. Suppl. 8,
/// 1946); n/V is the effective number of samples. With r(k) = r^k, the memory of a first-order autoregression, the sum
/// has a closed form. Inflating the variance loses less than removing the autocorrelation first, which also removes
/// real trends (Hamed and Rao, J. Hydrology 204, 1998; Yue and Wang, Water Resour. Manage. 18, 2004). A fit bends
/// towards its own noise, so the residuals' r is too small, the more so the more parameters were fitted; Kendall
/// (Biometrika 41, 1954) and Marriott and Pope (ibid.) give the first-order correction for a mean.
/// </remarks>
internal static class Autocorrelation
{
    /// <summary>Returns the correlation of neighbouring residuals, in [-1, 1]; 0 if they are all zero.</summary>
    public static double Lag1(ReadOnlySpan<double> residuals)
    {
        double products = 0, squares = 0;
        for (int i = 0; i < residuals.Length; i++)
        {
            squares += residuals[i] * residuals[i];
            if (i > 0)
                products += residuals[i] * residuals[i - 1];
        }
        return squares > 0 ? products / squares : 0;
    }

    /// <summary>Undoes the downward bias of a lag-1 correlation of residuals; the result lies in [0, 1].</summary>
    /// <param name="lag1">The correlation as measured.</param>
    /// <param name="count">Number of residuals.</param>
    /// <param name="bias">
    /// Constant of the bias, (bias + 2 bias r) / count: 2 for a line (Marriott and Pope's form for a line), larger for
    /// a fit that bends more.
    /// </param>
    public static double WithoutBias(double lag1, int count, double bias) =>
        Math.Clamp(lag1 + bias * (1 + 2 * lag1) / count, 0, 1);

    /// <summary>
    /// Returns V for <paramref name="count"/> values whose memory is r^k; it is from 1 up to the count.
    /// </summary>
    public static double VarianceFactor(double r, double count)
    {
        if (r <= 0 || count <= 1)
            return 1;
        double forget = 1 - r;
        // Near r = 1 the closed form subtracts two huge numbers, and the series equals the count itself.
        if (forget * count < 1e-4)
            return count;
        double factor = 1 + 2 * r / forget - 2 * r * (1 - Math.Pow(r, count)) / (count * forget * forget);
        return Math.Clamp(factor, 1, count);
    }
}
