using GameLoop.Measurement;

namespace GameLoop.Output;

/// <summary>Milliseconds as heights, the same for all strips of a page: logarithmic, from decade to decade.</summary>
internal sealed class FrameStripScale
{
    public const int Height = 110;

    private readonly int _first;
    private readonly int _last;

    public FrameStripScale(IReadOnlyList<MeasuredRun> runs)
    {
        _first = (int)Math.Floor(Math.Log10(runs.Min(run => Milliseconds(run.FrameNanoseconds.Min()))));
        _last = Math.Max(
            _first + 1, (int)Math.Ceiling(Math.Log10(runs.Max(run => Milliseconds(run.FrameNanoseconds.Max())))));
    }

    /// <summary>The powers of ten that the scale covers, in milliseconds.</summary>
    public IEnumerable<double> Decades => Enumerable.Range(_first, _last - _first + 1).Select(e => Math.Pow(10, e));

    /// <summary>Converts a duration for the histograms: a frame too short for any clock took a nanosecond.</summary>
    public static double Milliseconds(long nanoseconds) => Math.Max(1, nanoseconds) / 1e6;

    public bool Covers(double milliseconds) =>
        Math.Log10(milliseconds) >= _first && Math.Log10(milliseconds) <= _last;

    /// <summary>Returns the distance downwards from the top, as in SVG.</summary>
    public double Y(double milliseconds) => Height * (_last - Math.Log10(milliseconds)) / (_last - _first);
}
