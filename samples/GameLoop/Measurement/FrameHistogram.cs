namespace GameLoop.Measurement;

/// <summary>Frame times by frequency.</summary>
internal sealed class FrameHistogram
{
    /// <summary>The budget of a frame at 60 Hz.</summary>
    public const double BudgetMilliseconds = 1000.0 / 60;

    private readonly double[] _sorted;

    public FrameHistogram(ReadOnlySpan<long> frameNanoseconds)
    {
        _sorted = new double[frameNanoseconds.Length];
        for (var frame = 0; frame < frameNanoseconds.Length; frame++)
            _sorted[frame] = frameNanoseconds[frame] / 1e6;
        Array.Sort(_sorted);
    }

    public double MedianMilliseconds => Statistics.Percentiles.Median(_sorted);

    public double MaximumMilliseconds => _sorted[^1];

    public int MissedFrames => _sorted.Count(static time => time > BudgetMilliseconds);

    /// <summary>
    /// Counts frames from <paramref name="from"/> on and below <paramref name="to"/>, in milliseconds.
    /// </summary>
    public int CountBetween(double from, double to) => _sorted.Count(time => time >= from && time < to);
}
