using System.Globalization;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// For tests: what is repeated must not leave memory behind. Knows no test framework; it throws.
/// </summary>
/// <remarks>
/// Live bytes are read after every iteration and regressed on its number. Work that always does the same has no noise,
/// so a single byte an iteration is seen; work that varies is judged as any record is
/// (<see cref="LeakTrend"/>), at a false alarm rate of one in ten thousand.
/// </remarks>
public static class LeakAssert
{
    /// <summary>Fewer iterations say nothing.</summary>
    public const int FewestIterations = 12;

    private const int CheckpointsMax = 200;
    private const int SitesShown = 10;

    private static readonly TrendOptions Options = new() { FalseAlarmRate = 1e-4 };

    /// <summary>Repeats an action and throws if live bytes grow from one time to the next.</summary>
    /// <param name="iterations">
    /// How often it is measured; <see cref="FewestIterations"/> at least. A leak that happens once in k times needs
    /// about 10 k.
    /// </param>
    /// <param name="action">What is repeated, on this thread.</param>
    /// <param name="arena">
    /// The arena to watch; null for all that this thread made, those made by the action included.
    /// </param>
    /// <param name="warmUp">How often it is repeated before that, to fill caches.</param>
    /// <returns>The judgement of what was measured, iterations in place of seconds:
    /// <see cref="TrendReport.DetectableBytesPerSecond"/> tells how small a leak would have been seen.</returns>
    /// <exception cref="LeakAssertException">Live bytes grow. The message has the slope, its interval and the call
    /// sites.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too few iterations.</exception>
    public static TrendReport NoGrowth(int iterations, Action action, PageArena? arena = null, int warmUp = 10)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, FewestIterations);
        ArgumentOutOfRangeException.ThrowIfNegative(warmUp);
        for (int i = 0; i < warmUp; i++)
            action();

        Func<PageArena[]> arenas = arena is null ? PageArena.MadeByThisThread : () => [arena];
        using var watch = new SiteWatch(arenas());
        double[] numbers = new double[iterations], live = new double[iterations];
        Allocator?[] scratch = [];
        int stride = (iterations + CheckpointsMax - 1) / CheckpointsMax;
        for (int i = 0; i < iterations; i++)
        {
            action();
            numbers[i] = i;
            foreach (PageArena each in arenas())
                live[i] += each.CountLive(ref scratch).Bytes;
            if ((iterations - 1 - i) % stride == 0)
                watch.Read(i, live[i]);
        }
        TrendReport trend = LeakTrend.Analyze(numbers, live, Options);
        if (trend.Verdict < TrendVerdict.Suspected)
            return trend;
        IReadOnlyList<SiteTrend> sites = watch.Attribute(Options);
        throw new LeakAssertException(Message(trend, sites), trend, sites);
    }

    private static string Message(TrendReport trend, IReadOnlyList<SiteTrend> sites)
    {
        SlopeInterval slope = trend.FloorSlope;
        var text = new StringBuilder($"Live bytes grow by {Bytes(slope.BytesPerSecond)} an iteration, "
            + $"{trend.Confidence * 100:0.##} % interval {Bytes(slope.LowerBytesPerSecond)} to "
            + $"{Bytes(slope.UpperBytesPerSecond)}, over {trend.SampleCount} iterations");
        if (trend.BreakSeconds is { } began)
            text.Append(CultureInfo.InvariantCulture, $", from iteration {began:0} on");
        text.Append('.');
        foreach (SiteTrend site in sites.Where(site => site.Grows).Take(SitesShown))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {site.Share * 100:0} % {site.Site}: ")
                .Append(Bytes(site.Trend.SlopeBytesPerSecond)).Append(" an iteration");
        }
        return text.ToString();
    }

    private static string Bytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:0.###} bytes");

    /// <summary>Tracks the arenas, and notes at checkpoints what each line of source has alive.</summary>
    private sealed class SiteWatch : IDisposable
    {
        private readonly List<LeakTracker> _trackers = [];
        private readonly List<double> _times = [];
        private readonly List<double> _rest = [];
        private readonly Dictionary<string, List<double>> _sites = new(StringComparer.Ordinal);

        public SiteWatch(PageArena[] arenas)
        {
            foreach (PageArena arena in arenas)
                _trackers.Add(LeakTracker.Attach(arena));
        }

        public void Read(int iteration, double live)
        {
            foreach (LeakSite site in _trackers.SelectMany(tracker => tracker.Report().Sites))
            {
                string name = $"{Path.GetFileName(site.File)}:{site.Line} ({site.Member})";
                if (!_sites.TryGetValue(name, out List<double>? bytes))
                    _sites.Add(name, bytes = []);
                // Before it was met, and where it has nothing alive, it is not in the report.
                while (bytes.Count <= _times.Count)
                    bytes.Add(0);
                bytes[_times.Count] += site.Bytes;
                live -= site.Bytes;
            }
            _times.Add(iteration);
            _rest.Add(live);
        }

        public IReadOnlyList<SiteTrend> Attribute(TrendOptions options)
        {
            foreach (List<double> bytes in _sites.Values)
                bytes.AddRange(new double[_times.Count - bytes.Count]);
            SiteSeries[] series =
            [
                new(PartColumns.RestName, _rest.ToArray()),
                .. _sites.Select(site => new SiteSeries(site.Key, site.Value.ToArray())),
            ];
            return LeakTrend.Attribute(_times.ToArray(), series, options);
        }

        public void Dispose()
        {
            foreach (LeakTracker tracker in _trackers)
                tracker.Dispose();
        }
    }
}
