namespace Arena.Diagnostics;

/// <summary>Bounds the uncertainty of an exact counter from below: it moves in whole allocations.</summary>
/// <remarks>
/// A counter of live bytes has no noise, and a line may fit it perfectly; its standard error would be zero and every
/// wiggle significant. Values rounded to multiples of q err with variance q^2 / 12 (W. F. Sheppard, 1898). Here q is
/// the mean of the changes that are not zero, and at least a byte. In a noisy series this stays below the noise.
/// </remarks>
internal static class CounterStep
{
    /// <summary>Returns the variance that rounding alone explains.</summary>
    public static double Variance(ReadOnlySpan<double> values)
    {
        double sum = 0;
        int changes = 0;
        for (int i = 1; i < values.Length; i++)
        {
            sum += Math.Abs(values[i] - values[i - 1]);
            changes += values[i] != values[i - 1] ? 1 : 0;
        }
        double quantum = changes > 0 ? Math.Max(1, sum / changes) : 1;
        return quantum * quantum / 12;
    }
}
