namespace Arena.Diagnostics;

/// <summary>Finds the dominant cycle of a series: the first high peak of its autocorrelation.</summary>
/// <remarks>
/// A block that holds less than one cycle has a minimum that depends on the phase, and the floor would keep the cycle.
/// The autocorrelation of a cyclic series is a cycle of the same period (Box and Jenkins, Time Series Analysis, chapter
/// 2), whatever its shape. Long series are first averaged into at most 1024 bins, which keeps the work constant: a
/// cycle too short for the bins is far shorter than a block anyway. A moving average as long as two of the longest
/// cycles is subtracted, because a trend would hide the peak.
/// </remarks>
internal static class Periodicity
{
    private const int BinsMax = 1024;
    private const double PeakMin = 0.3;
    private const int LagMin = 3;

    /// <summary>Returns the period in samples, at most <paramref name="longest"/>; 0 if there is none.</summary>
    public static int Dominant(ReadOnlySpan<double> values, int longest)
    {
        if (longest < LagMin)
            return 0;
        int binSamples = (values.Length + BinsMax - 1) / BinsMax;
        int lagMax = longest / binSamples;
        if (lagMax < LagMin)
            return 0;
        double[] wave = Binned(values, binSamples);
        SubtractMovingAverage(wave, lagMax);
        double power = Product(wave, 0);
        if (power == 0)
            return 0;

        int lag = 1;
        while (lag <= lagMax && Product(wave, lag) > 0)
            lag++;
        int best = 0;
        double peak = PeakMin * power;
        for (; lag <= lagMax; lag++)
        {
            double product = Product(wave, lag);
            if (product > peak && product >= Product(wave, lag + 1))
                (best, peak) = (lag, product);
        }
        return best * binSamples;
    }

    private static double[] Binned(ReadOnlySpan<double> values, int binSamples)
    {
        var bins = new double[values.Length / binSamples];
        for (int bin = 0; bin < bins.Length; bin++)
        {
            foreach (double value in values.Slice(bin * binSamples, binSamples))
                bins[bin] += (value - values[0]) / binSamples;
        }
        return bins;
    }

    private static void SubtractMovingAverage(double[] wave, int reach)
    {
        var sums = new double[wave.Length + 1];
        for (int i = 0; i < wave.Length; i++)
            sums[i + 1] = sums[i] + wave[i];
        for (int i = 0; i < wave.Length; i++)
        {
            // The reach shrinks at the ends, so that a straight line is removed everywhere.
            int half = Math.Min(reach, Math.Min(i, wave.Length - 1 - i));
            wave[i] -= (sums[i + half + 1] - sums[i - half]) / (2 * half + 1);
        }
    }

    private static double Product(double[] wave, int lag)
    {
        double sum = 0;
        for (int i = lag; i < wave.Length; i++)
            sum += wave[i] * wave[i - lag];
        return sum;
    }
}
