using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

/// <summary>
/// The books of one allocator: what is alive in it and from which site, what was alive before it was watched, and what
/// came and went. One ledger an allocator, so that threads which share no allocator share no cache line here either.
/// </summary>
internal sealed unsafe class Ledger
{
    private readonly LedgerContext _context;
    private readonly TrackerClock _clock;
    private readonly LiveTable _live;
    private readonly Sampling? _sampling;
    private readonly RecentTags _tags;
    private Doorway _door;
    private LiveBytesMeter _meter;
    private long _untrackedCount;
    private bool _closed;

    public Ledger(Allocator allocator, LedgerContext context, BeforeAttach before)
    {
        Allocator = allocator;
        Before = before;
        _context = context;
        _clock = context.Clock;
        _live = new LiveTable(context.Pages);
        _tags = new RecentTags(context.Tags);
        _door = new Doorway(context.Pause, allocator.IsShared);
        Sites = new SiteTable { Added = context.Stacks.Mark };
        if (!context.IsSampling)
            return;
        _sampling = new Sampling(context.Options.SampleBytes, LedgerContext.NextSeed());
        Gate = new SampleGate { BytesLeft = _sampling.DrawDistance() };
    }

    public Allocator Allocator { get; }

    /// <summary>Where a sample is taken: which calls are in it. Null where everything is told.</summary>
    public SampleGate? Gate { get; }

    public SiteTable Sites { get; }

    public BeforeAttach Before { get; }

    /// <summary>May be read at any time, and is then a moment old.</summary>
    public ref readonly LiveBytesMeter Meter => ref _meter;

    /// <summary>
    /// Allocations that the tracker had no memory for; frees of theirs are recognised by their number only.
    /// </summary>
    public long UntrackedCount => _untrackedCount;

    /// <summary>For a visitor: every place of the table of what is alive; empty ones have address 0.</summary>
    public ReadOnlySpan<LiveAllocation> Places => _live.Places;

    public int LiveCount => _live.Count;

    public long ManagedBytes => Sites.ManagedBytes;

    /// <summary>
    /// For a visitor: bytes alive under a tag, those from before included where it is the allocator's own.
    /// </summary>
    public long LiveBytesOf(Tag tag)
    {
        var bytes = Before.Tag == tag ? (long)Before.Bytes : 0;
        for (var number = 0; number < Sites.Sites.Length; number++)
            bytes += Sites[number].Tag == tag ? Sites.Counters[number].LiveBytes : 0;
        return bytes;
    }

    // The two calls below are what tracking costs. They hold no try block, which would keep their variables in memory:
    // what can fail in them is in methods of its own that leave by the door before they throw.

    public void Allocated(in AllocationEvent allocation)
    {
        _door.Enter();
        if (_closed || (Gate is not null && !IsInSample(in allocation)))
        {
            _door.Leave();
            return;
        }
        var tag = _tags.Of(Allocator);
        if (!Sites.TryFind(allocation.File, allocation.Line, allocation.Member, tag, out var number))
            number = AddSite(in allocation, tag);
        var entry = _live.TryAdd(allocation.Address);
        if (entry == null)
        {
            _untrackedCount++;
            _door.Leave();
            return;
        }
        *entry = new LiveAllocation(allocation.Address, allocation.ByteCount, number, _clock.Frame, _clock.Time);
        var weight = _sampling is null
            ? new Weight(SiteCounters.One, (long)allocation.ByteCount)
            : Sample(allocation.Address, allocation.ByteCount, number);
        ref var counters = ref Sites.CountersOf(number);
        counters.Allocations += weight.Count;
        counters.AllocatedBytes += weight.Bytes;
        _meter.Add(weight.Bytes, _clock.Frame);
        var crossed = _context.HasExtras ? DoExtras(entry) : null;
        _door.Leave();
        crossed?.TellSoft(Allocator);
    }

    public void Freed(nuint address, nuint byteCount)
    {
        _door.Enter();
        var gone = _live.TryRemove(address);
        if (gone != null)
            Strike(in *gone);
        else if (Gate is null && !_closed)
            FreeUnknown(byteCount);
        _door.Leave();
    }

    public void Cleared()
    {
        _door.Enter();
        try
        {
            foreach (ref readonly var allocation in _live.Places)
            {
                if (allocation.Address != 0)
                    Strike(in allocation);
            }
            _live.Clear();
            Before.Clear();
            _untrackedCount = 0;
        }
        finally
        {
            _door.Leave();
        }
    }

    /// <summary>Keeps no books from now on.</summary>
    public void Close()
    {
        _door.Enter();
        _closed = true;
        _live.Clear();
        _door.Leave();
    }

    /// <summary>For how much a tracked allocation stands: for itself where everything is tracked.</summary>
    public Weight WeightOf(nuint byteCount) =>
        _sampling?.WeightOf(byteCount) ?? new Weight(SiteCounters.One, (long)byteCount);

    /// <summary>Gives its sites; may be called at any time.</summary>
    public void GiveTo(ISiteSink sink)
    {
        var sites = Sites.Sites;
        var counters = Sites.Counters;
        for (var number = 0; number < sites.Length; number++)
            sink.Add(sites[number], in counters[number]);
    }

    public void WaitUntilLeft() => _door.WaitUntilLeft();

    // An allocator with an open gate asked it already.
    private bool IsInSample(in AllocationEvent allocation)
    {
        if (allocation.Allocator.Gate is null && Gate!.Skips(allocation.ByteCount))
            return false;
        Gate!.BytesLeft = _sampling!.DrawDistance();
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int AddSite(in AllocationEvent allocation, Tag tag)
    {
        try
        {
            return Sites.Add(allocation.File, allocation.Line, allocation.Member, tag);
        }
        catch
        {
            _door.Leave();
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TagAccount? DoExtras(LiveAllocation* entry)
    {
        var site = Sites[entry->Site];
        if (site.TakesStacks)
        {
            entry->HasStack = true;
            TakeStack(entry->Address);
        }
        return site.Tag.Account is { } account && account.Charge(entry->ByteCount) ? account : null;
    }

    private void TakeStack(nuint address)
    {
        try
        {
            _context.Stacks.Take(address);
        }
        catch
        {
            _door.Leave();
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Weight Sample(nuint address, nuint byteCount, int site)
    {
        Gate!.Add(address);
        Sites.CountersOf(site).LiveVariance += _sampling!.VarianceOf(byteCount);
        return _sampling.WeightOf(byteCount);
    }

    private void Strike(ref readonly LiveAllocation gone)
    {
        var weight = _sampling is null ? new Weight(SiteCounters.One, (long)gone.ByteCount) : Unsample(in gone);
        var age = unchecked(_clock.Frame - gone.BornFrame);
        ref var counters = ref Sites.CountersOf(gone.Site);
        counters.Frees += weight.Count;
        counters.FreedBytes += weight.Bytes;
        _meter.Subtract(weight.Bytes);
        if (age != 0)
        {
            counters.LifetimeFrames += weight.Count * age;
        }
        else if (_clock.FramesAreMarked)
        {
            counters.ShortLived += weight.Count;
            counters.ShortLivedBytes += weight.Bytes;
        }
        if (_context.HasExtras)
            StrikeExtras(in gone);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Weight Unsample(ref readonly LiveAllocation gone)
    {
        Gate!.Remove(gone.Address);
        Sites.CountersOf(gone.Site).LiveVariance -= _sampling!.VarianceOf(gone.ByteCount);
        return _sampling.WeightOf(gone.ByteCount);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StrikeExtras(ref readonly LiveAllocation gone)
    {
        if (gone.HasStack)
            _context.Stacks.Forget(gone.Address);
        Sites[gone.Site].Tag.Account?.Release(gone.ByteCount);
    }

    private void FreeUnknown(nuint byteCount)
    {
        if (_untrackedCount > 0)
            _untrackedCount--;
        else
            Before.Free(byteCount);
    }
}
