namespace Arena.Diagnostics;

// Handles the death of everything in an allocator at once, and closes the ledger.
//
// The ledger of an allocator that ends is kept as it is until the notice of its leaks was raised, because its handlers
// read the lines. Notifications in between are not recorded.
internal sealed unsafe partial class Ledger
{
    public override Exception? Cleared()
    {
        if (Allocator.IsEnding)
        {
            StopWriting();
            _ledgerSet.SetAside(this);
        }
        else
        {
            CountAllFreed();
        }
        return null;
    }

    public override void Ended()
    {
        CountAllFreed();
        _ledgerSet.Close(this);
        if (Allocator.Arena.IsDisposed)
            _state.Pages.ReleaseUnused();
    }

    public override IReadOnlyList<LeakLine> LiveLines()
    {
        _lock.Enter();
        try
        {
            BringUpToDate();
            return
            [
                .. Enumerable.Range(0, Sites.Sites.Length).Select(LineOf).Where(line => line.Count > 0)
                    .OrderByDescending(line => line.Bytes).ThenBy(line => line.File, StringComparer.Ordinal)
                    .ThenBy(line => line.Line),
            ];
        }
        finally
        {
            _lock.Leave();
        }
    }

    public override SourceLine? LineOf(nuint address)
    {
        _lock.Enter();
        try
        {
            BringUpToDate();
            var entry = _live.Find(address);
            if (entry == null)
                return null;
            var site = Sites[entry->Site];
            return site.Line == 0 ? null : new SourceLine(site.File, site.Line, site.Member);
        }
        finally
        {
            _lock.Leave();
        }
    }

    /// <summary>Stops keeping books.</summary>
    public void Close()
    {
        StopWriting();
        _lock.Enter();
        _live.Clear();
        _lock.Leave();
    }

    private LeakLine LineOf(int number)
    {
        var site = Sites[number];
        ref readonly var counters = ref Sites.Counters[number];
        return new LeakLine(
            site.File, site.Line, site.Member, site.Tag.Name, SiteCounters.Whole(counters.LiveCount),
            (nuint)Math.Max(0, counters.LiveBytes)) { IsEstimate = _sampler is not null };
    }

    private void StopWriting()
    {
        _lock.Enter();
        try
        {
            BringUpToDate();
            _isClosed = true;
            ChooseWay();
        }
        finally
        {
            _lock.Leave();
        }
    }

    private void CountAllFreed()
    {
        _lock.Enter();
        try
        {
            Flush();
            // Frees of samples are counted when the samples are found dead.
            var count = _sampler is null ? _live.Count + Before.Count + UntrackedCount : 0;
            foreach (ref readonly var allocation in _live.Places)
            {
                if (allocation.Address != 0)
                    CountFree(in allocation, _clock.Frame);
            }
            _totals.CountFree(count * SiteCounters.One, _totals.LiveBytes);
            _live.Clear();
            Before.Clear();
            UntrackedCount = 0;
        }
        finally
        {
            _lock.Leave();
        }
    }
}
