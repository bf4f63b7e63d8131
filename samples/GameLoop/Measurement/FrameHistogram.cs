using HdrHistogram;

namespace GameLoop.Measurement;

/// <summary>Frame times by frequency, three digits exact.</summary>
internal sealed class FrameHistogram
{
    /// <summary>The budget of a frame at 60 Hz.</summary>
    public const double BudgetMilliseconds = 1000.0 / 60;

    private const double NanosecondsPerMillisecond = 1e6;
    private const long LongestNanoseconds = 3_600_000_000_000;
    private const int Digits = 3;

    private readonly LongHistogram _histogram = new(1, LongestNanoseconds, Digits);

    public FrameHistogram(ReadOnlySpan<long> frameNanoseconds)
    {
        foreach (var time in frameNanoseconds)
        {
            _histogram.RecordValue(Math.Clamp(time, 1, LongestNanoseconds));
            MaximumMilliseconds = Math.Max(MaximumMilliseconds, time / NanosecondsPerMillisecond);
            if (time / NanosecondsPerMillisecond > BudgetMilliseconds)
                MissedFrames++;
        }
    }

    public double MaximumMilliseconds { get; }

    public int MissedFrames { get; }

    public FrameTimes Times => new(Percentile(50), Percentile(99), Percentile(99.9), MaximumMilliseconds);

    /// <summary>
    /// Counts frames from <paramref name="from"/> on and below <paramref name="to"/>, in milliseconds.
    /// </summary>
    public long CountBetween(double from, double to) => _histogram.RecordedValues()
        .Where(value => value.ValueIteratedTo / NanosecondsPerMillisecond >= from
            && value.ValueIteratedTo / NanosecondsPerMillisecond < to)
        .Sum(value => value.CountAtValueIteratedTo);

    // A bucket's upper end may be a little above the measured value.
    private double Percentile(double percent) => Math.Min(
        MaximumMilliseconds, _histogram.GetValueAtPercentile(percent) / NanosecondsPerMillisecond);
}
