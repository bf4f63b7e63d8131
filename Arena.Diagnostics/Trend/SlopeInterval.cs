namespace Arena.Diagnostics;

/// <summary>A slope and the interval that contains the true one with the requested confidence.</summary>
/// <param name="BytesPerSecond">The estimate; positive is growth.</param>
/// <param name="LowerBytesPerSecond">The lower end of the interval.</param>
/// <param name="UpperBytesPerSecond">The upper end of the interval.</param>
/// <example>
/// <code>
/// SlopeInterval slope = LeakTrend.Analyze(seconds, bytes).FloorSlope;
/// Console.WriteLine(slope);
/// </code>
/// </example>
public readonly record struct SlopeInterval(
    double BytesPerSecond, double LowerBytesPerSecond, double UpperBytesPerSecond)
{
    internal SlopeInterval Divided(double by) =>
        new(BytesPerSecond / by, LowerBytesPerSecond / by, UpperBytesPerSecond / by);
}
