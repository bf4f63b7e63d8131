using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

// Samples, lines that take stacks, tags with budgets, and allocators that were in use when the tracker was attached.
internal sealed unsafe partial class Ledger
{
    public override void CountDead()
    {
        _lock.Enter();
        try
        {
            CountDeadSamples();
        }
        finally
        {
            _lock.Leave();
        }
    }

    // An allocation that is not in the table was not sampled, or is older than the tracker: its number stays.
    public override Exception? Moved(nuint oldAddress, nuint address, nuint byteCount)
    {
        _lock.Enter();
        try
        {
            if (!_isClosed)
                MoveEntry(oldAddress, address);
        }
        finally
        {
            _lock.Leave();
        }
        return null;
    }

    /// <summary>Returns the weight of a tracked allocation: one if everything is tracked.</summary>
    public Weight WeightOf(nuint byteCount) =>
        _sampler?.WeightOf(byteCount) ?? new Weight(SiteCounters.One, (long)byteCount);

    /// <summary>
    /// Corrects, for a visitor, the counts of allocations from before attaching. Threads that were inside a shared
    /// allocator at that time allocated and freed unseen for a moment, so these counts are wrong by a few. The
    /// allocator knows how much is alive, and the ledger how much of it came later; the rest is from before. If threads
    /// are inside now, the result is again wrong by a few, until the next time.
    /// </summary>
    public void CorrectBefore()
    {
        if (!_wasAtWork || _isClosed || _sampler is not null || UntrackedCount > 0)
            return;
        var live = Allocator.CountLiveAsVisitor();
        long bytes = 0;
        foreach (ref readonly var counters in Sites.Counters)
            bytes += counters.LiveBytes;
        Before.Correct(live.Count - _live.Count, (long)live.Bytes - bytes);
        _totals.LiveBytes = (long)live.Bytes;
    }

    // Work for each sample, for sites that take stacks and for tags with budgets is done at once.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Exception? AllocatedSpecially(nuint address, nuint byteCount, in SourceLine caller)
    {
        TagAccount? crossed = null;
        try
        {
            if (!_isClosed && (Filter is null || IsInSample(byteCount)))
            {
                Flush();
                var tag = TagOfCall();
                if (!Sites.TryFind(in caller, tag, out var site)
                    && AddSite(byteCount, in caller, tag, out site) is { } failure)
                    return failure;
                crossed = EnterNow(address, byteCount, site);
            }
        }
        finally
        {
            _lock.Leave();
        }
        return crossed?.NotifySoft(Allocator);
    }

    private void MoveEntry(nuint from, nuint to)
    {
        Flush();
        var gone = _live.TryRemove(from);
        if (gone == null)
            return;
        var moved = gone->At(to);
        Filter?.Remove(from);
        var entry = _live.TryAdd(to);
        if (entry == null)
        {
            UntrackedCount++;
            CountFree(in moved, moved.BornFrame);
            return;
        }
        *entry = moved;
        Filter?.Add(to);
        if (moved.HasStack)
            _state.Stacks.Move(from, to);
    }

    private TagAccount? EnterNow(nuint address, nuint byteCount, int number)
    {
        var site = Sites[number];
        var weight = WeightOf(byteCount);
        ref var counters = ref Sites.CountersOf(number);
        counters.Allocations += weight.Count;
        counters.AllocatedBytes += weight.Bytes;
        counters.LiveVariance += _sampler?.VarianceOf(byteCount) ?? 0;
        _totals.CountAllocation(weight.Count, weight.Bytes, _clock.Frame);
        var entered = new PendingEvent(address, byteCount, number, _clock.Frame, _clock.Time);
        Flush(&entered);
        Filter?.Add(address);
        if (site.TakesStacks && _live.Find(address) is var entry && entry != null)
        {
            entry->HasStack = true;
            _state.Stacks.Take(address);
        }
        return site.Tag.Account is { } account && account.Charge(byteCount) ? account : null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreedSpecially(nuint address, nuint byteCount)
    {
        if (!_isClosed)
        {
            Flush();
            var freed = new PendingEvent(address, byteCount, PendingEvent.Free, _clock.Frame, 0);
            if (Filter is null)
                _totals.CountFree(SiteCounters.One, (long)byteCount);
            Flush(&freed);
        }
        _lock.Leave();
    }

    // An allocator with an open filter has already asked it.
    private bool IsInSample(nuint byteCount)
    {
        if (Allocator.Filter is null && Filter!.Skips(byteCount))
            return false;
        Filter!.BytesLeft = _sampler!.DrawDistance();
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountFreeWithExtras(ref readonly LiveAllocation gone)
    {
        if (_sampler is not null)
        {
            Filter!.Remove(gone.Address);
            Sites.CountersOf(gone.Site).LiveVariance -= _sampler.VarianceOf(gone.ByteCount);
            var weight = _sampler.WeightOf(gone.ByteCount);
            _totals.CountFree(weight.Count, weight.Bytes);
        }
        if (gone.HasStack)
            _state.Stacks.Forget(gone.Address);
        Sites[gone.Site].Tag.Account?.Release(gone.ByteCount);
    }

    // Counts dead samples: their frees are not reported, but the allocator knows what is alive.
    private void CountDeadSamples()
    {
        var places = _live.Places;
        for (var i = 0; i < places.Length; i++)
        {
            var address = places[i].Address;
            if (address == 0 || Allocator.IsLive(address))
                continue;
            CountFree(in *_live.TryRemove(address), _clock.Frame);
            // A later entry moves into the gap, or all do.
            var size = places.Length;
            places = _live.Places;
            i = places.Length == size ? i - 1 : -1;
        }
    }
}
