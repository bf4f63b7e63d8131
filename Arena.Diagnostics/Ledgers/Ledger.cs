using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// The books of one allocator: what is alive in it and from which site, what was alive before it was observed, and its
/// counters. Each allocator has its own, so that threads that share no allocator share no cache line here either.
/// </summary>
internal sealed unsafe partial class Ledger : AllocatorWatch
{
    private readonly LedgerContext _context;
    private readonly LedgerBook _book;
    private readonly TrackerClock _clock;
    private readonly LiveTable _live;
    private readonly EventPipe _pipe = new();
    private readonly Sampling? _sampling;
    private Doorway _door;
    private LedgerTotals _totals;

    // Every call is reported, and only the books have to be kept.
    private bool _isPlain;

    // Later notifications are ignored.
    private bool _isClosed;

    // Threads may have been inside when the tracker was attached.
    private readonly bool _wasAtWork;

    // The next call usually comes under the same one.
    private string? _lastTagName;
    private Tag _lastTag = Tag.None;

    public Ledger(Allocator allocator, LedgerContext context, LedgerBook book, BeforeAttach before)
    {
        Allocator = allocator;
        _book = book;
        Before = before;
        _context = context;
        _clock = context.Clock;
        _live = new LiveTable(context.Pages);
        _door = new Doorway(context.Pause, allocator.IsShared);
        _totals = new LedgerTotals(before.Bytes);
        _wasAtWork = allocator.IsShared && before.IsCounted;
        Sites = new SiteTable { Added = context.Stacks.Mark };
        if (context.IsSampling)
        {
            _sampling = new Sampling(context.SampleBytes, LedgerContext.NextSeed());
            Gate = new SampleGate { BytesLeft = _sampling.DrawDistance() };
        }
        ChooseWay();
    }

    public Allocator Allocator { get; }

    /// <summary>Decides which calls are in the sample; null where every call is reported.</summary>
    public override SampleGate? Gate { get; }

    public SiteTable Sites { get; }

    public BeforeAttach Before { get; }

    /// <summary>Totals that include the very last event. May be read at any time, then a moment old.</summary>
    public ref readonly LedgerTotals Totals => ref _totals;

    /// <summary>
    /// Allocations for which the tracker was out of memory; their frees are recognised by their number only.
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
    // what can fail is in methods of its own that leave the doorway before they throw.

    public override Exception? Allocated(nuint address, nuint byteCount, string file, int line, string member)
    {
        _door.Enter();
        if (!_isPlain)
            return AllocatedSpecially(address, byteCount, file, line, member);
        var tag = TagOfCall();
        if (!Sites.TryFind(file, line, member, tag, out var site)
            && AddSite(byteCount, file, line, member, tag, out site) is { } failure)
        {
            _door.Leave();
            return failure;
        }
        ref var counters = ref Sites.CountersOf(site);
        counters.Allocations += SiteCounters.One;
        counters.AllocatedBytes += (long)byteCount;
        _totals.CountAllocation(SiteCounters.One, (long)byteCount, _clock.Frame);
        var place = _pipe.NextPlace(_live.HomeOf(address));
        if (place->Address != 0)
            Settle(place);
        *place = new PendingEvent(address, byteCount, site, _clock.Frame, _clock.Time);
        _door.Leave();
        return null;
    }

    public override Exception? Freed(nuint address, nuint byteCount)
    {
        _door.Enter();
        if (!_isPlain)
        {
            FreedSpecially(address, byteCount);
            return null;
        }
        _totals.CountFree(SiteCounters.One, (long)byteCount);
        var newest = _pipe.Newest;
        if (newest->Address == address && newest->Site != PendingEvent.Free)
        {
            _pipe.DropNewest();
            Strike(newest->Site, newest->ByteCount, newest->Frame, _clock.Frame);
        }
        else
        {
            var place = _pipe.NextPlace(_live.HomeOf(address));
            if (place->Address != 0)
                Settle(place);
            *place = new PendingEvent(address, byteCount, PendingEvent.Free, _clock.Frame, 0);
        }
        _door.Leave();
        return null;
    }

    /// <summary>Adapts to what the context asks for from now on; for a visitor.</summary>
    public void ChooseWay() => _isPlain = !_isClosed && Gate is null && !_context.HasExtras;

    /// <summary>Brings the table of live allocations up to date; for a visitor.</summary>
    public void BringUpToDate()
    {
        Settle();
        // The live bits of an allocator that has ended are gone.
        if (!_isClosed && Allocator.Gate is not null)
            StrikeDeadSamples();
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
            _lastTag = _context.Tags.Of(name);
            _lastTagName = name;
            return _lastTag;
        }
        catch (OutOfMemoryException)
        {
            // The doorway must be left, and the allocation has been made.
            return Tag.None;
        }
    }

    // Moves waiting events into the table.
    private void Settle()
    {
        while (_pipe.TryTake(out var oldest))
            Settle(&oldest);
    }

    /// <summary>Passes its sites on; may be called at any time, and misses only waiting events.</summary>
    public void GiveTo(ISiteSink sink)
    {
        var sites = Sites.Sites;
        var counters = Sites.Counters;
        for (var number = 0; number < sites.Length; number++)
            sink.Add(sites[number], in counters[number]);
    }

    public void WaitUntilLeft() => _door.WaitUntilLeft();

    // If it fails, the allocation is undone: its free will be of an allocation that is not in the table.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private OutOfMemoryException? AddSite(
        nuint byteCount, string file, int line, string member, Tag tag, out int site)
    {
        site = -1;
        try
        {
            site = Sites.Add(file, line, member, tag);
            return null;
        }
        catch (OutOfMemoryException failure)
        {
            if (Gate is null)
            {
                UntrackedCount++;
                _totals.CountAllocation(SiteCounters.One, (long)byteCount, _clock.Frame);
            }
            return failure;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Settle(PendingEvent* pending)
    {
        if (pending->Site == PendingEvent.Free)
        {
            var gone = _live.TryRemove(pending->Address);
            if (gone != null)
                Strike(in *gone, pending->Frame);
            else if (Gate is null)
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
    private void Strike(ref readonly LiveAllocation gone, uint frame)
    {
        if (!_isPlain)
            StrikeSpecially(in gone);
        Strike(gone.Site, gone.ByteCount, gone.BornFrame, frame);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Strike(int site, nuint byteCount, uint bornFrame, uint frame)
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
            // Frame 0 is before the first mark.
            counters.ShortLived += weight.Count;
            counters.ShortLivedBytes += weight.Bytes;
        }
    }

    // Out of memory for it. The sums of its site count it as freed at once.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveUp(PendingEvent* allocation)
    {
        UntrackedCount++;
        Strike(allocation->Site, allocation->ByteCount, 0, 0);
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
