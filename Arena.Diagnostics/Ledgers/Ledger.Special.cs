using System.Runtime.CompilerServices;

namespace Arena.Diagnostics;

// Samples, lines that take stacks, tags with budgets, and allocators that were in use when the tracker was attached.
internal sealed unsafe partial class Ledger
{
    public override void StrikeDead()
    {
        _door.Enter();
        try
        {
            StrikeDeadSamples();
        }
        finally
        {
            _door.Leave();
        }
    }

    // What is not in the table was not sampled, or is from before: its number stays.
    public override Exception? Moved(nuint oldAddress, nuint address, nuint byteCount)
    {
        _door.Enter();
        try
        {
            if (!_isClosed)
                MoveEntry(oldAddress, address);
        }
        finally
        {
            _door.Leave();
        }
        return null;
    }

    /// <summary>The weight of a tracked allocation: one where everything is tracked.</summary>
    public Weight WeightOf(nuint byteCount) =>
        _sampling?.WeightOf(byteCount) ?? new Weight(SiteCounters.One, (long)byteCount);

    /// <summary>
    /// Corrects the counts of what was alive before attaching; for a visitor. Threads that were inside a shared
    /// allocator at that time allocated and freed unseen for a moment, so these counts are wrong by a few. The
    /// allocator knows how much is alive, and the books how much of it came later; the rest is from before. If threads
    /// are inside now, the result is again wrong by a few, until the next time.
    /// </summary>
    public void CorrectBefore()
    {
        if (!_wasAtWork || _isClosed || _sampling is not null || UntrackedCount > 0)
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
    private Exception? AllocatedSpecially(nuint address, nuint byteCount, string file, int line, string member)
    {
        TagAccount? crossed = null;
        try
        {
            if (!_isClosed && (Gate is null || IsInSample(byteCount)))
            {
                Settle();
                var tag = TagOfCall();
                if (!Sites.TryFind(file, line, member, tag, out var site)
                    && AddSite(byteCount, file, line, member, tag, out site) is { } failure)
                    return failure;
                crossed = EnterNow(address, byteCount, site);
            }
        }
        finally
        {
            _door.Leave();
        }
        return crossed?.TellSoft(Allocator);
    }

    private void MoveEntry(nuint from, nuint to)
    {
        Settle();
        var gone = _live.TryRemove(from);
        if (gone == null)
            return;
        var moved = gone->At(to);
        Gate?.Remove(from);
        var entry = _live.TryAdd(to);
        if (entry == null)
        {
            UntrackedCount++;
            Strike(in moved, moved.BornFrame);
            return;
        }
        *entry = moved;
        Gate?.Add(to);
        if (moved.HasStack)
            _context.Stacks.Move(from, to);
    }

    private TagAccount? EnterNow(nuint address, nuint byteCount, int number)
    {
        var site = Sites[number];
        var weight = WeightOf(byteCount);
        ref var counters = ref Sites.CountersOf(number);
        counters.Allocations += weight.Count;
        counters.AllocatedBytes += weight.Bytes;
        counters.LiveVariance += _sampling?.VarianceOf(byteCount) ?? 0;
        _totals.CountAllocation(weight.Count, weight.Bytes, _clock.Frame);
        var entered = new PendingEvent(address, byteCount, number, _clock.Frame, _clock.Time);
        Settle(&entered);
        Gate?.Add(address);
        if (site.TakesStacks && _live.Find(address) is var entry && entry != null)
        {
            entry->HasStack = true;
            _context.Stacks.Take(address);
        }
        return site.Tag.Account is { } account && account.Charge(byteCount) ? account : null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreedSpecially(nuint address, nuint byteCount)
    {
        if (!_isClosed)
        {
            Settle();
            var freed = new PendingEvent(address, byteCount, PendingEvent.Free, _clock.Frame, 0);
            if (Gate is null)
                _totals.CountFree(SiteCounters.One, (long)byteCount);
            Settle(&freed);
        }
        _door.Leave();
    }

    // An allocator with an open gate has already asked it.
    private bool IsInSample(nuint byteCount)
    {
        if (Allocator.Gate is null && Gate!.Skips(byteCount))
            return false;
        Gate!.BytesLeft = _sampling!.DrawDistance();
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StrikeSpecially(ref readonly LiveAllocation gone)
    {
        if (_sampling is not null)
        {
            Gate!.Remove(gone.Address);
            Sites.CountersOf(gone.Site).LiveVariance -= _sampling.VarianceOf(gone.ByteCount);
            var weight = _sampling.WeightOf(gone.ByteCount);
            _totals.CountFree(weight.Count, weight.Bytes);
        }
        if (gone.HasStack)
            _context.Stacks.Forget(gone.Address);
        Sites[gone.Site].Tag.Account?.Release(gone.ByteCount);
    }

    // Frees of samples are not reported, but the allocator knows what is alive.
    private void StrikeDeadSamples()
    {
        var places = _live.Places;
        for (var i = 0; i < places.Length; i++)
        {
            var address = places[i].Address;
            if (address == 0 || Allocator.IsLive(address))
                continue;
            Strike(in *_live.TryRemove(address), _clock.Frame);
            // A later entry moves into the gap, or all do.
            var size = places.Length;
            places = _live.Places;
            i = places.Length == size ? i - 1 : -1;
        }
    }
}
