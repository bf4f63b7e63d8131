namespace Arena.Diagnostics;

/// <summary>Reads what a capture says of its sites, and makes series of equal length of it.</summary>
internal sealed class SiteSeriesBuilder
{
    private readonly Numbered<Series> _sites = new(() => new Series());
    private readonly List<double> _seconds = [];
    private bool _isLost;
    private bool _countersAreNewest;

    public void LoseTrack() => _isLost = true;

    public CaptureSite NameOf(int number) => _sites[number].Site;

    public void Add(
        SectionKind kind, ref ByteReader section, Numbered<string> texts, double seconds, bool isLatest)
    {
        switch (kind)
        {
            case SectionKind.Site:
                Describe(ref section, texts);
                break;
            case SectionKind.SiteValues:
                _isLost = false;
                AddSample(ref section, seconds, all: true);
                break;
            case SectionKind.SiteChanges:
                if (!_isLost)
                    AddSample(ref section, seconds, all: false);
                break;
            case SectionKind.SiteCounters:
                AddCounters(ref section, seconds, isLatest);
                break;
            case SectionKind.SiteAges:
                AddAges(ref section);
                break;
            case SectionKind.Stacks:
                AddStack(ref section);
                break;
        }
    }

    public (double[] Seconds, CaptureSite[] Sites) Build()
    {
        var zeros = new long[_seconds.Count];
        return ([.. _seconds], [.. _sites.Known.Select(site => site.Build(zeros, _countersAreNewest))]);
    }

    private void Describe(ref ByteReader section, Numbered<string> texts)
    {
        var series = _sites[section.Count()];
        var file = texts[section.Count()];
        var line = section.Count();
        var member = texts[section.Count()];
        var tag = texts[section.Count()];
        series.Site = series.Site with
        {
            File = file, Line = line, Member = member, Tag = tag.Length == 0 ? null : tag,
        };
    }

    private void AddSample(ref ByteReader section, double seconds, bool all)
    {
        var sample = SampleAt(seconds);
        if (all)
        {
            foreach (var site in _sites.Known)
                site.Set(sample, 0, 0);
        }
        var number = -1;
        while (!section.AtEnd)
        {
            number += section.Count();
            var site = _sites[Math.Max(0, number)];
            var (bytes, count) = (section.Signed(), section.Signed());
            site.Set(sample, site.Bytes + bytes, site.Count + count);
        }
    }

    // How everything stood at the last moment is one more sample, unless the process died between writing a later one
    // and writing this.
    private void AddCounters(ref ByteReader section, double seconds, bool isLatest)
    {
        _countersAreNewest = isLatest && (_seconds.Count == 0 || seconds >= _seconds[^1]);
        var sample = _countersAreNewest ? SampleAt(seconds) : -1;
        var number = -1;
        while (!section.AtEnd)
        {
            number += section.Count();
            var site = _sites[Math.Max(0, number)];
            site.Site = site.Site with
            {
                Allocations = section.Long(),
                AllocatedBytes = section.Long(),
                LiveCount = section.Long(),
                LiveBytes = section.Long(),
                ShortLived = section.Long(),
                ShortLivedBytes = section.Long(),
                LifetimeFrames = section.Long(),
                LiveBytesError = section.Long(),
            };
            if (_countersAreNewest)
                site.Set(sample, site.Site.LiveBytes, site.Site.LiveCount);
        }
    }

    private int SampleAt(double seconds)
    {
        if (_seconds.Count == 0 || seconds > _seconds[^1])
            _seconds.Add(seconds);
        return _seconds.Count - 1;
    }

    private void AddAges(ref ByteReader section)
    {
        var site = _sites[section.Count()];
        var frames = section.Long();
        var oldest = CaptureTime.Seconds(section.Long());
        var mean = CaptureTime.Seconds(section.Long());
        // A site of several arenas comes once for each.
        site.Site = site.Site with
        {
            OldestFrames = Math.Max(frames, site.Site.OldestFrames ?? 0),
            OldestSeconds = Math.Max(oldest, site.Site.OldestSeconds ?? 0),
            MeanAgeSeconds = Math.Max(mean, site.Site.MeanAgeSeconds ?? 0),
        };
    }

    private void AddStack(ref ByteReader section)
    {
        var site = _sites[section.Count()];
        var (count, bytes) = (section.Count(), section.Long());
        site.Site = site.Site with
        {
            Stacks = [.. site.Site.Stacks, new LeakStackTrace(section.Text(), count, (nuint)bytes)],
        };
    }

    /// <summary>A site and where its values changed.</summary>
    private sealed class Series
    {
        private readonly List<(int Sample, long Bytes, long Count)> _changes = [];

        public CaptureSite Site { get; set; } = new();

        public long Bytes { get; private set; }

        public long Count { get; private set; }

        public void Set(int sample, long bytes, long count)
        {
            (Bytes, Count) = (bytes, count);
            if (_changes.Count > 0 && _changes[^1].Sample == sample)
                _changes[^1] = (sample, bytes, count);
            else if (_changes.Count == 0 || (_changes[^1].Bytes, _changes[^1].Count) != (bytes, count))
                _changes.Add((sample, bytes, count));
        }

        public CaptureSite Build(long[] zeros, bool countersAreNewest)
        {
            if (!countersAreNewest)
                Site = Site with { LiveBytes = Bytes, LiveCount = Count };
            if (_changes.Count == 0)
                return Site with { Bytes = zeros, Counts = zeros };
            var samples = zeros.Length;
            var bytes = new long[samples];
            var counts = new long[samples];
            for (var i = 0; i < _changes.Count; i++)
            {
                var end = i + 1 < _changes.Count ? _changes[i + 1].Sample : samples;
                bytes.AsSpan(_changes[i].Sample..end).Fill(_changes[i].Bytes);
                counts.AsSpan(_changes[i].Sample..end).Fill(_changes[i].Count);
            }
            return Site with { Bytes = bytes, Counts = counts };
        }
    }
}
