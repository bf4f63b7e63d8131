using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// The books of one allocator: its live allocations with their sites, the allocations from before it was observed, and
/// its counters. Each allocator has its own, so that threads that share no allocator share no cache line here either.
/// </summary>
internal sealed unsafe partial class Ledger : ObserverLink
{
    private readonly TrackerState _state;
    private readonly LedgerSet _ledgerSet;
    private readonly TrackerClock _clock;
    private readonly LiveTable _live;
    private readonly EventDelayLine _delayLine = new();
    private readonly ByteSampler? _sampler;
    private BiasedLock _lock;
    private LedgerTotals _totals;

    // Every call is reported, and only the books have to be kept.
    private bool _isPlain;

    // True once later notifications are ignored.
    private bool _isClosed;

    // True if threads may have been inside when the tracker was attached.
    private readonly bool _wasAtWork;

    // The next call usually has the same tag.
    private string? _lastTagName;
    private Tag _lastTag = Tag.None;

    public Ledger(Allocator allocator, TrackerState state, LedgerSet ledgerSet, BeforeAttach before)
    {
        Allocator = allocator;
        _ledgerSet = ledgerSet;
        Before = before;
        _state = state;
        _clock = state.Clock;
        _live = new LiveTable(state.Pages);
        _lock = new BiasedLock(state.QuietPoint, allocator.IsShared);
        _totals = new LedgerTotals(before.Bytes);
        _wasAtWork = allocator.IsShared && before.IsCounted;
        Sites = new SiteTable { Added = state.Stacks.Mark };
        if (state.IsSampling)
        {
            _sampler = new ByteSampler(state.SampleBytes, TrackerState.NextSeed());
            Filter = new SampleFilter { BytesLeft = _sampler.DrawDistance() };
        }
        ChooseWay();
    }

    public Allocator Allocator { get; }

    /// <summary>The filter that decides which calls are in the sample; null if every call is reported.</summary>
    public override SampleFilter? Filter { get; }

    public SiteTable Sites { get; }

    public BeforeAttach Before { get; }

    /// <summary>
    /// The totals, including the very last event. Any thread may read them, and gets values that may be a moment old.
    /// </summary>
    public ref readonly LedgerTotals Totals => ref _totals;

    /// <summary>
    /// The number of allocations for which the tracker was out of memory; their frees are recognised by this number
    /// only.
    /// </summary>
    public long UntrackedCount { get; private set; }

    /// <summary>Every place of the table of live allocations, for a visitor; empty ones have address 0.</summary>
    public ReadOnlySpan<LiveAllocation> Places => _live.Places;

    public int LiveCount => _live.Count;

    public long ManagedBytes => Sites.ManagedBytes;

    /// <summary>
    /// Bytes alive under a tag, for a visitor, including those from before if the tag is the allocator's own.
    /// </summary>
    public long LiveBytesOf(Tag tag)
    {
        var bytes = Before.Tag == tag ? (long)Before.Bytes : 0;
        for (var number = 0; number < Sites.Sites.Length; number++)
            bytes += Sites[number].Tag == tag ? Sites.Counters[number].LiveBytes : 0;
        return bytes;
    }

    // The two calls below are the cost of tracking. They have no try block, which would keep their variables in memory:
    // the steps that can fail are methods of their own that leave the lock before they throw.

    public override Exception? Allocated(nuint address, nuint byteCount, in SourceLine caller)
    {
        _lock.Enter();
        if (!_isPlain)
            return AllocatedSpecially(address, byteCount, in caller);
        var tag = TagOfCall();
        if (!Sites.TryFind(in caller, tag, out var site)
            && AddSite(byteCount, in caller, tag, out site) is { } failure)
        {
            _lock.Leave();
            return failure;
        }
        ref var counters = ref Sites.CountersOf(site);
        counters.Allocations += SiteCounters.One;
        counters.AllocatedBytes += (long)byteCount;
        _totals.CountAllocation(SiteCounters.One, (long)byteCount, _clock.Frame);
        var place = _delayLine.NextPlace(_live.HomeOf(address));
        if (place->Address != 0)
            Flush(place);
        *place = new PendingEvent(address, byteCount, site, _clock.Frame, _clock.Time);
        _lock.Leave();
        return null;
    }

    public override Exception? Freed(nuint address, nuint byteCount)
    {
        _lock.Enter();
        if (!_isPlain)
        {
            FreedSpecially(address, byteCount);
            return null;
        }
        _totals.CountFree(SiteCounters.One, (long)byteCount);
        var newest = _delayLine.Newest;
        if (newest->Address == address && newest->Site != PendingEvent.Free)
        {
            _delayLine.DropNewest();
            CountFree(newest->Site, newest->ByteCount, newest->Frame, _clock.Frame);
        }
        else
        {
            var place = _delayLine.NextPlace(_live.HomeOf(address));
            if (place->Address != 0)
                Flush(place);
            *place = new PendingEvent(address, byteCount, PendingEvent.Free, _clock.Frame, 0);
        }
        _lock.Leave();
        return null;
    }

    /// <summary>Adapts, for a visitor, to the present needs of the tracker.</summary>
    public void ChooseWay() => _isPlain = !_isClosed && Filter is null && !_state.HasExtras;

    /// <summary>Brings the table of live allocations up to date; for a visitor.</summary>
    public void BringUpToDate()
    {
        Flush();
        // The live bits of a disposed allocator are gone.
        if (!_isClosed && Allocator.Filter is not null)
            CountDeadSamples();
    }

    // The allocator's own tag, otherwise that of the scope around the call.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Tag TagOfCall()
    {
        var name = Allocator.Tag ?? MemoryTag.Current;
        return ReferenceEquals(name, _lastTagName) ? _lastTag : FindTag(name);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Tag FindTag(string? name)
    {
        try
        {
            _lastTag = _state.Tags.Of(name);
            _lastTagName = name;
            return _lastTag;
        }
        catch (OutOfMemoryException)
        {
            // The lock must be left, and the allocation has been made.
            return Tag.None;
        }
    }

    // Moves waiting events into the table.
    private void Flush()
    {
        while (_delayLine.TryTake(out var oldest))
            Flush(&oldest);
    }

    /// <summary>Passes its sites on; may be called at any time, and misses only waiting events.</summary>
    public void GiveTo(ISiteSink sink)
    {
        var sites = Sites.Sites;
        var counters = Sites.Counters;
        for (var number = 0; number < sites.Length; number++)
            sink.Add(sites[number], in counters[number]);
    }

    public void WaitUntilLeft() => _lock.WaitUntilLeft();

    // If it fails, the allocation is undone: its free will be of an allocation that is not in the table.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private OutOfMemoryException? AddSite(nuint byteCount, in SourceLine caller, Tag tag, out int site)
    {
        site = -1;
        try
        {
            site = Sites.Add(in caller, tag);
            return null;
        }
        catch (OutOfMemoryException failure)
        {
            if (Filter is null)
            {
                UntrackedCount++;
                _totals.CountAllocation(SiteCounters.One, (long)byteCount, _clock.Frame);
            }
            return failure;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Flush(PendingEvent* pending)
    {
        if (pending->Site == PendingEvent.Free)
        {
            var gone = _live.TryRemove(pending->Address);
            if (gone != null)
                CountFree(in *gone, pending->Frame);
            else if (Filter is null)
                FreeUnknown(pending->ByteCount);
            return;
        }
        var entry = _live.TryAdd(pending->Address);
        if (entry == null)
        {
            GiveUp(pending);
            return;
        }
        *entry = new LiveAllocation(
            pending->Address, pending->ByteCount, pending->Site, pending->Frame, pending->Time);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountFree(ref readonly LiveAllocation gone, uint frame)
    {
        if (!_isPlain)
            CountFreeWithExtras(in gone);
        CountFree(gone.Site, gone.ByteCount, gone.BornFrame, frame);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountFree(int site, nuint byteCount, uint bornFrame, uint frame)
    {
        var weight = _isPlain ? new Weight(SiteCounters.One, (long)byteCount) : WeightOf(byteCount);
        ref var counters = ref Sites.CountersOf(site);
        counters.Frees += weight.Count;
        counters.FreedBytes += weight.Bytes;
        if (frame != bornFrame)
        {
            counters.LifetimeFrames += weight.Count * unchecked(frame - bornFrame);
        }
        else if (frame != 0)
        {
            // Frame 0 is the time before the first frame ended.
            counters.ShortLived += weight.Count;
            counters.ShortLivedBytes += weight.Bytes;
        }
    }

    // Gives up an allocation for which there is no memory. The sums of its site count it as freed at once.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveUp(PendingEvent* allocation)
    {
        UntrackedCount++;
        CountFree(allocation->Site, allocation->ByteCount, 0, 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeUnknown(nuint byteCount)
    {
        if (UntrackedCount > 0)
            UntrackedCount--;
        else
            Before.Free(byteCount);
    }
}
