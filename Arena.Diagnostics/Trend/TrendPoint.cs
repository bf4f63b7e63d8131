namespace Arena.Diagnostics;

/// <summary>One point of the floor: the lowest sample of a block.</summary>
/// <param name="Seconds">The time at which it was taken.</param>
/// <param name="Bytes">The number of bytes in use.</param>
/// <example>
/// <code>
/// foreach (TrendPoint point in LeakTrend.Analyze(seconds, bytes).Floor)
///     Console.WriteLine($"{point.Seconds} s: {point.Bytes} bytes");
/// </code>
/// </example>
public readonly record struct TrendPoint(double Seconds, double Bytes);
