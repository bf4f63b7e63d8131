using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>One site, added up over the ledgers.</summary>
internal sealed class SiteSum(Site site)
{
    private readonly Dictionary<string, (int Count, nuint Bytes)> _stacks = new(StringComparer.Ordinal);
    private uint _oldestFrame = uint.MaxValue;
    private uint _oldestTime = uint.MaxValue;
    private double _ages;
    private long _aged;

    public SiteCounters Counters;

    public Site Site => site;

    public void AddAge(in LiveAllocation allocation, uint now, StackTable stacks)
    {
        _oldestFrame = Math.Min(_oldestFrame, allocation.BornFrame);
        _oldestTime = Math.Min(_oldestTime, allocation.BornTime);
        _ages += Math.Max(0, now - (long)allocation.BornTime);
        _aged++;
        if (!allocation.HasStack)
            return;
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_stacks, stacks.Of(allocation.Address), out _);
        sum = (sum.Count + 1, sum.Bytes + allocation.ByteCount);
    }

    public LeakSite ToSite(uint frame, uint now)
    {
        return new LeakSite
        {
            File = site.File,
            Line = site.Line,
            Member = site.Member,
            Tag = site.Tag.Name,
            Count = (int)SiteCounters.Whole(Counters.LiveCount),
            Bytes = (nuint)Counters.LiveBytes,
            BytesError = Math.Sqrt(Math.Max(0, Counters.LiveVariance)),
            OldestFrames = _aged == 0 ? 0 : frame - _oldestFrame,
            OldestAge = Seconds(_aged == 0 ? 0 : Math.Max(0, now - (long)_oldestTime)),
            MeanAge = Seconds(_ages / Math.Max(1, _aged)),
            Allocations = SiteCounters.Whole(Counters.Allocations),
            AllocatedBytes = Counters.AllocatedBytes,
            Frees = SiteCounters.Whole(Counters.Frees),
            MeanLifetimeFrames = Counters.LifetimeFrames / (double)Math.Max(1, Counters.Frees),
            ShortLived = SiteCounters.Whole(Counters.ShortLived),
            ShortLivedBytes = Counters.ShortLivedBytes,
            Stacks =
            [
                .. _stacks.OrderByDescending(stack => stack.Value.Bytes)
                    .Select(stack => new LeakStackTrace(stack.Key, stack.Value.Count, stack.Value.Bytes)),
            ],
        };
    }

    private static TimeSpan Seconds(double units) => TimeSpan.FromSeconds(units / TrackerClock.UnitsPerSecond);
}
