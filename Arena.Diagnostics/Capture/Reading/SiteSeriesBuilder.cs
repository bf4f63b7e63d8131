namespace Arena.Diagnostics;

/// <summary>Reads the data of a capture about its sites, and makes series of equal length of it.</summary>
internal sealed class SiteSeriesBuilder
{
    private readonly NumberTable<SiteHistory> _sites = new(_ => new SiteHistory());
    private readonly List<double> _seconds = [];

    // Samples written in full: a site that one does not name has nothing alive from there on. Each site looks them up
    // when it next occurs, so that a sample costs its own length, not a step for every site.
    private readonly List<int> _restarts = [];
    private bool _isLost;
    private bool _countersAreNewest;

    public void LoseTrack() => _isLost = true;

    /// <summary>Returns a site; its names stay unknown if the file did not explain them.</summary>
    public SiteHistory Find(int number) => _sites.Find(number);

    public void Add(
        SectionKind kind, ref ByteReader section, NumberTable<string> texts, double seconds, bool isLatest)
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
                var ages = SiteAgesSection.Read(ref section, out var aged);
                _sites[aged].Add(ages);
                break;
            case SectionKind.Stacks:
                var stack = StackSection.Read(ref section, out var led);
                _sites[led].Add(stack);
                break;
        }
    }

    public (double[] Seconds, CaptureSite[] Sites) Build() =>
    (
        [.. _seconds],
        [.. _sites.Known.Select(site => site.Build(_restarts, _seconds.Count, _countersAreNewest))]
    );

    private void Describe(ref ByteReader section, NumberTable<string> texts)
    {
        var site = SiteSection.Read(ref section);
        var tag = texts.Find(site.Tag);
        _sites[site.Number].Describe(
            texts.Find(site.File), site.Line, texts.Find(site.Member), tag.Length == 0 ? null : tag);
    }

    private void AddSample(ref ByteReader section, double seconds, bool all)
    {
        var sample = SampleAt(seconds);
        if (all)
            _restarts.Add(sample);
        for (var number = -1; !section.AtEnd;)
        {
            var (bytes, count) = SiteSampleSection.ReadEntry(ref section, ref number);
            _sites[number].Change(_restarts, sample, bytes, count);
        }
    }

    // The state at the last moment is one more sample, unless the process died between writing a later one
    // and writing this.
    private void AddCounters(ref ByteReader section, double seconds, bool isLatest)
    {
        _countersAreNewest = isLatest && (_seconds.Count == 0 || seconds >= _seconds[^1]);
        var sample = _countersAreNewest ? SampleAt(seconds) : -1;
        for (var number = -1; !section.AtEnd;)
        {
            var counts = SiteCountersSection.ReadEntry(ref section, ref number);
            var site = _sites[number];
            site.Counts = counts;
            if (_countersAreNewest)
                site.Set(_restarts, sample, site.Counts.LiveBytes, site.Counts.LiveCount);
        }
    }

    private int SampleAt(double seconds)
    {
        if (_seconds.Count == 0 || seconds > _seconds[^1])
            _seconds.Add(seconds);
        return _seconds.Count - 1;
    }
}
