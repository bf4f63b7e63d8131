namespace Arena.Diagnostics;

/// <summary>Reads what a capture holds about its sites, and makes series of equal length of it.</summary>
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
                _sites[section.Count()].Add(new SiteAges(
                    section.Long(), CaptureTime.Seconds(section.Long()), CaptureTime.Seconds(section.Long())));
                break;
            case SectionKind.Stacks:
                AddStack(ref section);
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
        var number = section.Count();
        var file = texts.Find(section.Count());
        var line = section.Count();
        var member = texts.Find(section.Count());
        var tag = texts.Find(section.Count());
        _sites[number].Describe(file, line, member, tag.Length == 0 ? null : tag);
    }

    private void AddSample(ref ByteReader section, double seconds, bool all)
    {
        var sample = SampleAt(seconds);
        if (all)
            _restarts.Add(sample);
        for (var number = -1; !section.AtEnd;)
        {
            number = Next(number, ref section);
            _sites[number].Change(_restarts, sample, section.Signed(), section.Signed());
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
            number = Next(number, ref section);
            var site = _sites[number];
            site.Counts = new SiteCounts(
                section.Long(), section.Long(), section.Long(), section.Long(), section.Long(), section.Long(),
                section.Long(), section.Long());
            if (_countersAreNewest)
                site.Set(_restarts, sample, site.Counts.LiveBytes, site.Counts.LiveCount);
        }
    }

    private static int Next(int number, ref ByteReader section)
    {
        var step = section.Count();
        return step > 0 ? checked(number + step) : throw new InvalidDataException("a site is not after the last");
    }

    private int SampleAt(double seconds)
    {
        if (_seconds.Count == 0 || seconds > _seconds[^1])
            _seconds.Add(seconds);
        return _seconds.Count - 1;
    }

    private void AddStack(ref ByteReader section)
    {
        var number = section.Count();
        var (count, bytes) = (section.Count(), section.Long());
        _sites[number].Add(new LeakStackTrace(section.Text(), count, (nuint)bytes));
    }
}
