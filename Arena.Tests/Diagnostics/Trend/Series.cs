namespace Arena.Tests.Diagnostics.Trend;

/// <summary>One synthetic recording, and what in it is not noise or load.</summary>
internal sealed record Series(double[] Seconds, double[] Bytes, double[] Signal)
{
    public const double Interval = 60;
    public const double Base = 100_000_000;

    /// <summary>One standard deviation of the noise, in bytes.</summary>
    public const double Sigma = 65_536;

    /// <summary>Rates are stated for a window of this many samples.</summary>
    public const int Window = 288;

    /// <summary>The least-squares slope of the signal, in bytes per second: what the interval should cover.</summary>
    public double TrueSlope { get; } = Slope(Seconds, Signal);

    /// <summary>Samples at even intervals; the signal in sigmas, the noise in sigmas.</summary>
    public static Series Of(int count, Func<double, double> signal, params double[][] noises)
    {
        double[] seconds = [.. Enumerable.Range(0, count).Select(i => i * Interval)];
        return At(seconds, signal, noises);
    }

    /// <summary>The signal is a function of the time in windows.</summary>
    public static Series At(double[] seconds, Func<double, double> signal, params double[][] noises)
    {
        double[] clean = [.. seconds.Select(s => Base + Sigma * signal(s / Interval / Window))];
        double[] bytes = [.. clean.Select((c, i) => Math.Round(c + Sigma * noises.Sum(noise => noise[i])))];
        return new Series(seconds, bytes, clean);
    }

    public static double Slope(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = 0, meanY = 0, xx = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
            (meanX, meanY) = (meanX + x[i] / x.Length, meanY + y[i] / x.Length);
        for (int i = 0; i < x.Length; i++)
            (xx, xy) = (xx + (x[i] - meanX) * (x[i] - meanX), xy + (x[i] - meanX) * (y[i] - meanY));
        return xy / xx;
    }
}
