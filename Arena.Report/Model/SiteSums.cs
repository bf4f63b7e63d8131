using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Computes the sites of a capture, each with its part in the growth of the window.</summary>
internal sealed class SiteSums
{
    /// <summary>
    /// The allocations from before the trackers, as one more site: without it the slopes would not add up.
    /// </summary>
    public const string Before = "(alive before the tracker)";

    private const int SparkValues = 48;

    private readonly MemoryCapture _capture;
    private readonly Timeline _timeline;
    private readonly int[] _window;
    private readonly bool _isClosed;

    /// <param name="capture">The capture.</param>
    /// <param name="timeline">The times of the capture.</param>
    /// <param name="window">The samples of the window.</param>
    /// <param name="isClosed">True if everything was closed after the window.</param>
    public SiteSums(MemoryCapture capture, Timeline timeline, int[] window, bool isClosed)
    {
        _capture = capture;
        _timeline = timeline;
        _window = window;
        _isClosed = isClosed;
    }

    public IReadOnlyList<SiteModel> Build(TrendOptions options)
    {
        if (!_timeline.HasSites)
            return [];
        double[] seconds = [.. _window.Select(i => _timeline.Seconds[i])];
        var series = _capture.Sites
            .Select(site => Series(NameOf(site.Source), i => site.Bytes[i]))
            .ToList();
        if (_timeline.Before.Any(bytes => bytes > 0))
            series.Add(Series(Before, i => _timeline.Before[i]));
        return
        [
            .. LeakTrend.Attribute(seconds, series, options)
                .Select(With)
                .OrderByDescending(site => site.Grows)
                .ThenByDescending(site => site.Grows ? site.SlopeBytesPerSecond : 0)
                .ThenByDescending(site => site.LiveBytes)
                .ThenBy(site => site.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Returns the name of a line: file without its folders, line, member.</summary>
    public static string NameOf(SourceLine source) => Printable.Line(source.ToString());

    private SiteSeries Series(string name, Func<int, double> valueAt) => new(name, _window.Select(valueAt).ToArray());

    // The index is used, because a line with several tags has several sites of one name.
    private SiteModel With(SiteTrend part) =>
        (part.Index < _capture.Sites.Count ? Site(_capture.Sites[part.Index]) : SiteBefore()) with
        {
            Verdict = part.Trend.Verdict,
            SlopeBytesPerSecond = part.Trend.SlopeBytesPerSecond,
            SlopeLowerBytesPerSecond = Finite(part.Trend.SlopeLowerBytesPerSecond),
            SlopeUpperBytesPerSecond = Finite(part.Trend.SlopeUpperBytesPerSecond),
            Probability = part.Trend.Probability,
            Share = part.Share,
            Grows = part.Grows,
        };

    private SiteModel Site(CaptureSite site)
    {
        var last = _window.Length > 0 ? _window[^1] : -1;
        var (bytes, count) = last < 0 || !_isClosed
            ? (site.LiveBytes, site.LiveCount)
            : (site.Bytes[last], site.Counts[last]);
        return new SiteModel
        {
            Name = NameOf(site.Source),
            File = Printable.Line(site.File),
            Line = site.Line,
            Member = Printable.Line(site.Member),
            Tag = Printable.LineOrNull(site.Tag),
            LiveBytes = bytes,
            LiveCount = count,
            LiveBytesError = site.LiveBytesError,
            Allocations = site.Allocations,
            AllocatedBytes = site.AllocatedBytes,
            ShortLived = site.ShortLived,
            ShortLivedBytes = site.ShortLivedBytes,
            MeanLifetimeFrames = site.MeanLifetimeFrames,
            LeakLikelihood = site.LeakLikelihood,
            OldestSeconds = site.OldestSeconds,
            MeanAgeSeconds = site.MeanAgeSeconds,
            LeftCount = _isClosed ? site.LiveCount : null,
            LeftBytes = _isClosed ? site.LiveBytes : null,
            Spark = Spark(i => site.Bytes[i]),
            Stacks =
            [
                .. site.Stacks.Select(stack => new StackModel(
                    stack.Count, (long)stack.Bytes,
                    Printable.Lines(stack.Frames).Split('\n', StringSplitOptions.TrimEntries))),
            ],
        };
    }

    private SiteModel SiteBefore() => new()
    {
        Name = Before,
        LiveBytes = (long)(_window.Length > 0 ? _timeline.Before[_window[^1]] : 0),
        LiveCount = _capture.Arenas.Sum(arena => arena.Totals.Count > 0 ? arena.Totals[^1].BeforeCount : 0),
        Spark = Spark(i => (long)_timeline.Before[i]),
    };

    private long[] Spark(Func<int, long> valueAt)
    {
        var count = Math.Min(SparkValues, _window.Length);
        return count < 2
            ? []
            : [.. Enumerable.Range(0, count).Select(i => valueAt(_window[i * (_window.Length - 1) / (count - 1)]))];
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
