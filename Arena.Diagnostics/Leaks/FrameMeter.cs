using System.Diagnostics;

namespace Arena.Diagnostics;

/// <summary>Makes frame records from totals that only grow, and keeps the latest.</summary>
internal sealed class FrameMeter(PageArena arena, TrackerClock clock, int capacity)
{
    private readonly FrameRecord[] _recent = new FrameRecord[capacity];
    private LedgerTotals _totals;
    private long _coldCalls = arena.ColdCalls;
    private long _coldTicks = arena.ColdTicks;
    private double _startSeconds;
    private long _count;

    /// <summary>Ends the current frame and begins the next.</summary>
    /// <param name="totals">Sums over all ledgers now, including the sum of their peaks.</param>
    public FrameRecord End(in LedgerTotals totals)
    {
        var now = clock.Seconds;
        var (coldCalls, coldTicks) = (arena.ColdCalls, arena.ColdTicks);
        var record = new FrameRecord
        {
            Frame = clock.Frame,
            StartSeconds = _startSeconds,
            Seconds = now - _startSeconds,
            Allocations = SiteCounters.Whole(totals.Allocations - _totals.Allocations),
            AllocatedBytes = totals.AllocatedBytes - _totals.AllocatedBytes,
            Frees = SiteCounters.Whole(totals.Frees - _totals.Frees),
            FreedBytes = totals.FreedBytes - _totals.FreedBytes,
            LiveBytes = totals.LiveBytes,
            PeakBytes = totals.PeakIn(clock.Frame),
            ColdCalls = coldCalls - _coldCalls,
            ColdSeconds = (coldTicks - _coldTicks) / (double)Stopwatch.Frequency,
            CommittedBytes = (long)arena.CommittedBytes,
            LentBytes = (long)arena.LentBytes,
        };
        _recent[_count++ % _recent.Length] = record;
        (_totals, _coldCalls, _coldTicks, _startSeconds) = (totals, coldCalls, coldTicks, now);
        clock.NextFrame();
        return record;
    }

    /// <summary>Returns the latest records, oldest first.</summary>
    public FrameRecord[] Recent()
    {
        var kept = (int)Math.Min(_count, _recent.Length);
        var records = new FrameRecord[kept];
        for (var i = 0; i < kept; i++)
            records[i] = _recent[(_count - kept + i) % _recent.Length];
        return records;
    }
}
