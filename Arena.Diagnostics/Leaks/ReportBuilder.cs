using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>
/// Adds the ledgers of a tracker up to a report. It reads the tables at one quiet point and sorts afterwards.
/// </summary>
internal sealed class ReportBuilder(LeakTracker tracker)
{
    private readonly Dictionary<(string File, int Line, string Member, Tag Tag), SiteSum> _sites = [];
    private readonly Dictionary<Tag, (long Count, long Bytes)> _tags = [];
    private readonly List<AllocatorAtAttach> _before = [];
    private readonly TrackerState _state = tracker.State;
    private long _untrackedCount;
    private long _entryCount;
    private long _managedBytes;

    /// <summary>The sums by site, after Build.</summary>
    public IEnumerable<(Site Site, SiteSum Sum)> Sums => _sites.Values.Select(sum => (sum.Site, sum));

    /// <summary>The time at which Build read the tables, in the clock's units.</summary>
    public uint Now { get; private set; }

    public LeakReport Build()
    {
        _state.QuietPoint.Visit(tracker.LedgerSet, view =>
        {
            Now = _state.Clock.Time;
            foreach (var ledger in view.Ledgers)
            {
                ledger.CorrectBefore();
                Add(ledger);
            }
            foreach (var (site, sum) in view.Departed)
            {
                SumOf(site).Counters.Add(in sum);
                AddToTag(site.Tag, sum.LiveCount, sum.LiveBytes);
            }
        });
        var all = _sites.Values.Select(sum => sum.ToSite(_state.Clock.Frame, Now)).ToArray();
        var live = all.Where(site => site.Count != 0).ToArray();
        var tableBytes = _state.Pages.LentBytes;
        return new LeakReport
        {
            ArenaName = tracker.Arena.Name,
            LiveCount = live.Sum(site => site.Count),
            LiveBytes = (nuint)live.Sum(site => (long)site.Bytes),
            Sites = Sort(live, site => (long)site.Bytes),
            ShortLived = Sort(all.Where(site => site.ShortLived > 0), site => site.ShortLived),
            BeforeAttach = [.. _before.OrderByDescending(before => before.BytesAtAttach)],
            Tags = TagUses(),
            Frame = _state.Clock.Frame,
            Attached = TimeSpan.FromSeconds(_state.Clock.Seconds),
            SampleBytes = _state.SampleBytes,
            UntrackedCount = _untrackedCount,
            TrackerBytes = _state.Pages.CommittedBytes + (nuint)_managedBytes,
            TableBytesPerAllocation = tableBytes / (double)Math.Max(1, _entryCount),
        };
    }

    private static LeakSite[] Sort(IEnumerable<LeakSite> sites, Func<LeakSite, long> most) =>
    [
        .. sites.OrderByDescending(most).ThenBy(site => site.File, StringComparer.Ordinal).ThenBy(site => site.Line)
            .ThenBy(site => site.Tag, StringComparer.Ordinal),
    ];

    private void Add(Ledger ledger)
    {
        _untrackedCount += ledger.UntrackedCount;
        _entryCount += ledger.LiveCount;
        _managedBytes += ledger.ManagedBytes;
        var sites = ledger.Sites.Sites;
        var sums = new SiteSum[sites.Length];
        for (var number = 0; number < sites.Length; number++)
        {
            ref readonly var counters = ref ledger.Sites.Counters[number];
            sums[number] = SumOf(sites[number]);
            sums[number].Counters.Add(in counters);
            AddToTag(sites[number].Tag, counters.LiveCount, counters.LiveBytes);
        }
        foreach (ref readonly var allocation in ledger.Places)
        {
            if (allocation.Address != 0)
                sums[allocation.Site].AddAge(in allocation, Now, _state.Stacks);
        }
        AddBefore(ledger);
    }

    private void AddBefore(Ledger ledger)
    {
        var before = ledger.Before;
        if (before.CountAtAttach == 0)
            return;
        var known = !_state.IsSampling;
        _before.Add(new AllocatorAtAttach(
            ledger.Allocator.Label, before.Tag.Name, before.CountAtAttach, before.BytesAtAttach,
            known ? before.Count : null, known ? before.Bytes : null));
        if (known && before.Tag != Tag.None)
            AddToTag(before.Tag, before.Count * SiteCounters.One, (long)before.Bytes);
    }

    private void AddToTag(Tag tag, long count, long byteCount)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_tags, tag, out _);
        sum = (sum.Count + count, sum.Bytes + byteCount);
    }

    private SiteSum SumOf(Site site)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _sites, (site.File, site.Line, site.Member, site.Tag), out _);
        return sum ??= new SiteSum(site);
    }

    private TagUse[] TagUses() =>
    [
        .. _tags.Where(pair => pair.Value.Count > 0 || pair.Key.Account is not null)
            .Select(pair => new TagUse(
                pair.Key.Name, (int)SiteCounters.Whole(pair.Value.Count), (nuint)pair.Value.Bytes,
                pair.Key.Account?.Budget, pair.Key.Account?.Refusals ?? 0))
            .OrderByDescending(use => use.Bytes),
    ];
}
