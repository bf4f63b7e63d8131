namespace Arena.Diagnostics;

/// <summary>
/// Fits a line to all samples by least squares, with an interval that allows for neighbours that resemble each other.
/// </summary>
/// <remarks>
/// The slope is Sxy / Sxx. Its uncertainty comes from <see cref="SlopeMixture"/>, on the means of 96 to 191 blocks of
/// residuals: a slope is the slowest of movements, and the means keep everything that moves slowly (batch means:
/// Conway, Management Science 10, 1963). A block is one dominant cycle long if that leaves twelve blocks: then the
/// means do not see the cycle. Movements that they average away may still have tilted the line, which shows as a slope
/// of the means. It makes three passes over the samples, and no copy.
/// </remarks>
internal readonly record struct LeastSquaresJudge(LineFit Line, SlopeMixture Noise, double Effective)
{
    private const int Blocks = 96;

    /// <summary>
    /// Fits the line through at least three samples, over x = (seconds - start) / span and bytes minus the first.
    /// </summary>
    /// <param name="seconds">The times of the samples.</param>
    /// <param name="bytes">The samples.</param>
    /// <param name="span">The time from the first sample to the last.</param>
    /// <param name="varianceMin">The variance that rounding to whole allocations alone explains.</param>
    /// <param name="period">The number of samples in a dominant cycle; 0 if there is none.</param>
    public static LeastSquaresJudge Of(
        ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, double span, double varianceMin, int period)
    {
        var line = Fit(seconds, bytes, span);
        int count = bytes.Length, blockSamples = Math.Max(Math.Max(1, count / Blocks), period);
        int start = count % blockSamples;
        double[] x = new double[count / blockSamples], means = new double[x.Length];
        double squares = 0;
        for (int i = 0; i < count; i++)
        {
            double position = (seconds[i] - seconds[0]) / span;
            double residual = bytes[i] - bytes[0] - line.At(position);
            squares += residual * residual;
            if (i < start)
                continue;
            x[(i - start) / blockSamples] += position / blockSamples;
            means[(i - start) / blockSamples] += residual / blockSamples;
        }
        var noise = new SlopeMixture(x, means, varianceMin / blockSamples, blockSamples);
        double independent = Math.Max(squares / (count - 2), varianceMin) / line.SumXX;
        double effective = count * Math.Min(1, independent / (noise.OrdinaryError * noise.OrdinaryError));
        return new LeastSquaresJudge(line with { ResidualSquares = squares }, noise, effective);
    }

    /// <summary>
    /// Returns by how much the slope of the line is too high with probability <paramref name="upperTail"/>.
    /// </summary>
    public double Reach(double upperTail) => Noise.OrdinaryReach(upperTail) + Math.Abs(Noise.OrdinarySlope);

    private static LineFit Fit(ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, double span)
    {
        double meanX = 0, meanY = 0, sumXX = 0, sumXY = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            meanX += (seconds[i] - seconds[0]) / span;
            meanY += bytes[i] - bytes[0];
        }
        meanX /= bytes.Length;
        meanY /= bytes.Length;
        for (int i = 0; i < bytes.Length; i++)
        {
            double dx = (seconds[i] - seconds[0]) / span - meanX;
            sumXX += dx * dx;
            sumXY += dx * (bytes[i] - bytes[0] - meanY);
        }
        return new LineFit(bytes.Length, meanX, meanY, sumXY / sumXX, sumXX, 0);
    }
}
