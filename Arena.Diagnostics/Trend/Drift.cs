namespace Arena.Diagnostics;

/// <summary>
/// The drift of a level that wanders: its mean change.
/// </summary>
/// <remarks>
/// Where each reading is the one before plus something new (large blocks that leak at random, a count that never
/// settles), residuals about a line never forget, and no number of samples makes a line certain. There it is the
/// changes that are independent, and their mean has an ordinary t test (Dickey and Fuller, J. Am. Stat. Assoc. 74,
/// 1979, call the model a random walk with drift). Changes that resemble each other, those of a slow wave, widen the
/// error by the variance factor as everywhere.
/// </remarks>
internal readonly record struct Drift(double Slope, double Error, double Degrees)
{
    /// <summary>The drift of at least three points, in units of y a unit of x.</summary>
    public static Drift Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double varianceMin)
    {
        var changes = new double[y.Length - 1];
        double mean = (y[^1] - y[0]) / changes.Length, squares = 0;
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i] = y[i + 1] - y[i] - mean;
            squares += changes[i] * changes[i];
        }
        double memory = Autocorrelation.WithoutBias(Autocorrelation.Lag1(changes), changes.Length, Bias);
        double factor = Autocorrelation.VarianceFactor(memory, changes.Length);
        double variance = Math.Max(squares / (changes.Length - 1), varianceMin) * factor;
        double range = x[^1] - x[0];
        return new Drift(
            (y[^1] - y[0]) / range, Math.Sqrt(variance * changes.Length) / range,
            Math.Max((changes.Length / factor) - 1, 1));
    }

    private const double Bias = 2;
}
