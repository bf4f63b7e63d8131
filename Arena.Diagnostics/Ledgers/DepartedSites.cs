namespace Arena.Diagnostics;

/// <summary>Keeps the counters of disposed allocators, by site.</summary>
internal sealed class DepartedSites
{
    private readonly Dictionary<(string File, int Line, string Member, Tag Tag), (Site Site, SiteCounters Sum)> _sites =
        [];
    private LedgerTotals _totals;

    public LedgerTotals Totals => _totals;

    public IEnumerable<(Site Site, SiteCounters Sum)> Sites => _sites.Values;

    public void Add(Ledger ledger, uint frame)
    {
        _totals.Add(in ledger.Totals, frame);
        for (var number = 0; number < ledger.Sites.Sites.Length; number++)
        {
            var site = ledger.Sites.Sites[number];
            var key = (site.File, site.Line, site.Member, site.Tag);
            var sum = _sites.TryGetValue(key, out var known) ? known.Sum : default;
            sum.Add(in ledger.Sites.Counters[number]);
            _sites[key] = (known.Site ?? site, sum);
        }
    }

    public void GiveTo(ISiteSink sink)
    {
        foreach (var (site, sum) in _sites.Values)
            sink.Add(site, in sum);
    }
}
