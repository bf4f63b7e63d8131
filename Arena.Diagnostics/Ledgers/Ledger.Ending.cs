namespace Arena.Diagnostics;

// How everything in an allocator dies at once, and how the books are closed.
//
// The books of an allocator that ends are kept as they stand until the notice of its leaks was raised: the lines are
// what a handler is for. Notifications in between are not entered.
internal sealed unsafe partial class Ledger
{
    public override Exception? Cleared()
    {
        if (Allocator.IsEnding)
        {
            StopWriting();
            _book.SetAside(this);
        }
        else
        {
            StrikeAll();
        }
        return null;
    }

    public override void Ended()
    {
        StrikeAll();
        _book.Close(this);
        if (Allocator.Arena.IsDisposed)
            _context.Pages.ReleaseUnused();
    }

    public override IReadOnlyList<LeakLine> LiveLines()
    {
        _door.Enter();
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
            _door.Leave();
        }
    }

    /// <summary>Keeps no books from now on.</summary>
    public void Close()
    {
        StopWriting();
        _door.Enter();
        _live.Clear();
        _door.Leave();
    }

    private LeakLine LineOf(int number)
    {
        var site = Sites[number];
        ref readonly var counters = ref Sites.Counters[number];
        return new LeakLine(
            site.File, site.Line, site.Member, site.Tag.Name, SiteCounters.Whole(counters.LiveCount),
            (nuint)Math.Max(0, counters.LiveBytes)) { IsEstimate = _sampling is not null };
    }

    private void StopWriting()
    {
        _door.Enter();
        try
        {
            BringUpToDate();
            _isClosed = true;
            ChooseWay();
        }
        finally
        {
            _door.Leave();
        }
    }

    private void StrikeAll()
    {
        _door.Enter();
        try
        {
            Settle();
            // A sample counts its frees as they are struck.
            var count = _sampling is null ? _live.Count + Before.Count + UntrackedCount : 0;
            foreach (ref readonly var allocation in _live.Places)
            {
                if (allocation.Address != 0)
                    Strike(in allocation, _clock.Frame);
            }
            _totals.CountFree(count * SiteCounters.One, _totals.LiveBytes);
            _live.Clear();
            Before.Clear();
            UntrackedCount = 0;
        }
        finally
        {
            _door.Leave();
        }
    }
}
