namespace Arena.Diagnostics;

/// <summary>Tracks the arenas, and notes the live bytes of each line of source at checkpoints.</summary>
internal sealed class LeakAssertSites : IDisposable
{
    private const int CheckpointsMax = 200;

    private readonly int _iterations;
    private readonly List<LeakTracker> _trackers = [];
    private readonly List<double> _times = [];
    private readonly List<double> _rest = [];
    private readonly Dictionary<string, List<double>> _sites = new(StringComparer.Ordinal);

    public LeakAssertSites(PageArena[] arenas, int iterations)
    {
        _iterations = iterations;
        try
        {
            foreach (var arena in arenas)
                _trackers.Add(LeakTracker.Attach(arena));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Read(int iteration, double live)
    {
        var stride = (_iterations + CheckpointsMax - 1) / CheckpointsMax;
        if ((_iterations - 1 - iteration) % stride != 0)
            return;
        foreach (var site in _trackers.SelectMany(tracker => tracker.Report().Sites))
        {
            var name = site.Source.ToString();
            if (!_sites.TryGetValue(name, out var bytes))
                _sites.Add(name, bytes = []);
            // A line is not in the report before it first occurs, and while it has nothing alive.
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
        foreach (var bytes in _sites.Values)
            bytes.AddRange(new double[_times.Count - bytes.Count]);
        SiteSeries[] series =
        [
            new(CategoryColumns.RestName, _rest.ToArray()),
            .. _sites.Select(site => new SiteSeries(site.Key, site.Value.ToArray())),
        ];
        return LeakTrend.Attribute(_times.ToArray(), series, options);
    }

    public void Dispose()
    {
        foreach (var tracker in _trackers)
            tracker.Dispose();
    }
}
