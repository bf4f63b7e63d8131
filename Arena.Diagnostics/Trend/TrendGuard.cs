namespace Arena.Diagnostics;

/// <summary>Checks arguments, so that every series behind it is finite and strictly rising in time.</summary>
internal static class TrendGuard
{
    /// <summary>
    /// The largest time. It is longer than the age of the universe, and its square still fits a double.
    /// </summary>
    private const double SecondsMax = 1e18;

    /// <summary>
    /// The shortest window. It is shorter than the resolution of any clock, and a slope over it still fits a double.
    /// </summary>
    private const double SpanMin = 1e-12;

    /// <summary>The most bytes, which is the largest address space.</summary>
    private const double BytesMax = 18446744073709551616.0;

    public static void Check(TrendOptions options)
    {
        if (!(options.Confidence > 0.5 && options.Confidence < 1))
            throw OutOfRange(nameof(options.Confidence), options.Confidence, "between 0.5 and 1");
        if (!(options.FalseAlarmRate > 0 && options.FalseAlarmRate < 0.5))
            throw OutOfRange(nameof(options.FalseAlarmRate), options.FalseAlarmRate, "between 0 and 0.5");
        if (!(options.NegligibleBytesPerSecond >= 0 && double.IsFinite(options.NegligibleBytesPerSecond)))
            throw OutOfRange(nameof(options.NegligibleBytesPerSecond), options.NegligibleBytesPerSecond, "0 or more");
        if (options.LimitBytes is { } limit && !(limit >= 0 && limit <= BytesMax))
            throw OutOfRange(nameof(options.LimitBytes), limit, "from 0 to 2^64");
        if (options.Period is { } period && period <= TimeSpan.Zero)
            throw OutOfRange(nameof(options.Period), period.TotalSeconds, "above 0 seconds");
    }

    public static void CheckSeconds(ReadOnlySpan<double> seconds)
    {
        for (int i = 0; i < seconds.Length; i++)
        {
            if (!(Math.Abs(seconds[i]) <= SecondsMax))
                throw new ArgumentException($"seconds[{i}] is {seconds[i]}: not a time; drop the sample.");
            if (i > 0 && seconds[i] <= seconds[i - 1])
            {
                throw new ArgumentException($"seconds[{i}] is {seconds[i]}, not after {seconds[i - 1]} before it; "
                    + "sort the samples by time and keep one for each time.");
            }
        }
        if (seconds.Length > 1 && seconds[^1] - seconds[0] < SpanMin)
        {
            throw new ArgumentException($"seconds[{seconds.Length - 1}] is {seconds[^1] - seconds[0]} after the first: "
                + "no clock is this fine; give the times in seconds.");
        }
    }

    public static void CheckBytes(ReadOnlySpan<double> bytes, int count, string name)
    {
        if (bytes.Length != count)
        {
            throw new ArgumentException($"{name} has {bytes.Length} values for {count} times; "
                + $"the first without a partner is at index {Math.Min(bytes.Length, count)}.");
        }
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!(Math.Abs(bytes[i]) <= BytesMax))
                throw new ArgumentException($"{name}[{i}] is {bytes[i]}: not a number of bytes; drop the sample.");
        }
    }

    private static ArgumentOutOfRangeException OutOfRange(string option, double value, string range) =>
        new(option, value, $"{option} must be {range}.");
}
