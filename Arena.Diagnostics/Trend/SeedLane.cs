namespace Arena.Diagnostics;

/// <summary>
/// Least squares over all samples, with a standard error that knows that neighbours resemble each other.
/// </summary>
/// <remarks>
/// The slope is Sxy / Sxx. Its error is estimated twice: from the samples, with the memory of their residuals, and from
/// the means of about 48 blocks of residuals, with theirs. The second sees slow waves that hide from the first
/// under fast noise (batch means: Conway, Management Science 10, 1963). The larger error is kept. Nothing is allocated
/// for the samples: three passes.
/// </remarks>
internal readonly record struct SeedLane(LineFit Line, double StandardError, double Effective)
{
    private const double LineBias = 2;

    public double Degrees => Math.Max(Effective - 2, 1);

    /// <summary>
    /// The line through at least three samples, over x = (seconds - start) / span and bytes less the first.
    /// </summary>
    public static SeedLane Of(
        ReadOnlySpan<double> seconds, ReadOnlySpan<double> bytes, double span, double varianceMin)
    {
        LineFit line = Fit(seconds, bytes, span);
        int count = bytes.Length, blockSamples = Math.Max(1, count / BlockMinima.Target);
        var means = new double[count / blockSamples];
        double squares = 0, products = 0, previous = 0;
        for (int i = 0; i < count; i++)
        {
            double residual = bytes[i] - bytes[0] - line.At((seconds[i] - seconds[0]) / span);
            squares += residual * residual;
            products += residual * previous;
            previous = residual;
            if (i / blockSamples < means.Length)
                means[i / blockSamples] += residual / blockSamples;
        }
        line = line with { ResidualSquares = squares };

        double variance = Math.Max(squares / (count - 2), varianceMin);
        double memory = Autocorrelation.WithoutBias(squares > 0 ? products / squares : 0, count, LineBias);
        SeedLane fine = Of(line, variance, memory, count);
        if (means.Length < BlockMinima.Fewest || blockSamples == 1)
            return fine;
        SeedLane coarse = OfBlocks(line, means, blockSamples);
        return coarse.StandardError > fine.StandardError ? coarse : fine;
    }

    private static SeedLane OfBlocks(LineFit line, double[] means, int blockSamples)
    {
        double squares = 0;
        foreach (double mean in means)
            squares += mean * mean;
        // A mean of independent samples varies less by their number: put back, so that Sxx of the samples applies.
        double variance = squares * blockSamples / (means.Length - 2);
        double memory = Autocorrelation.WithoutBias(Autocorrelation.Lag1(means), means.Length, LineBias);
        return Of(line, variance, memory, means.Length);
    }

    private static SeedLane Of(LineFit line, double variance, double memory, int count)
    {
        double factor = Autocorrelation.VarianceFactor(memory, count);
        return new SeedLane(line, Math.Sqrt(variance * factor / line.SumXX), count / factor);
    }

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
            double dx = ((seconds[i] - seconds[0]) / span) - meanX;
            sumXX += dx * dx;
            sumXY += dx * (bytes[i] - bytes[0] - meanY);
        }
        return new LineFit(bytes.Length, meanX, meanY, sumXY / sumXX, sumXX, 0);
    }
}
