using System.Diagnostics;

namespace Arena.Diagnostics;

/// <summary>One tracker, and so one arena, in a capture.</summary>
internal sealed class CaptureTrack
{
    private readonly CaptureNames _names;
    private readonly FrameQueue _frames;
    private readonly List<Ledger> _ledgers = [];
    private SiteCounters[] _frozen = [];
    private ThinningSchedule _totalsDue;
    private long _leastLive = long.MaxValue;
    private long _mostLive;
    private LedgerTotals _totals;

    /// <param name="tracker">The tracker that is captured.</param>
    /// <param name="number">The arena's number.</param>
    /// <param name="names">The numbers of names in the file.</param>
    /// <param name="options">How often to write.</param>
    /// <param name="secondsAtAttach">The start of the tracker's time, in the capture's.</param>
    public CaptureTrack(
        LeakTracker tracker, int number, CaptureNames names, CaptureOptions options, double secondsAtAttach)
    {
        Tracker = tracker;
        Number = number;
        SecondsAtAttach = secondsAtAttach;
        _names = names;
        _frames = new FrameQueue(options.SingleFrames);
        _totalsDue = new ThinningSchedule(options.TotalSamples);
        WriteName();
    }

    public LeakTracker Tracker { get; }

    public int Number { get; }

    public double SecondsAtAttach { get; }

    /// <summary>Whether the tracker was disposed, so that its numbers no longer change.</summary>
    public bool IsFrozen { get; private set; }

    public void Add(FrameRecord frame) => _frames.Add(frame);

    /// <summary>Adds its sites to a harvest, and gives numbers to its allocators.</summary>
    public void Harvest(SiteHarvest harvest)
    {
        if (IsFrozen)
        {
            harvest.Add(_frozen);
            return;
        }
        Tracker.State.QuietPoint.Flush(Tracker.LedgerSet, _ledgers);
        Tracker.LedgerSet.GiveTo(harvest);
        foreach (var ledger in _ledgers)
            _names.NumberOf(ledger.Allocator, Number);
        _totals = Tracker.LedgerSet.Totals();
        _leastLive = Math.Min(_leastLive, _totals.LiveBytes);
        _mostLive = Math.Max(_mostLive, _totals.LiveBytes);
    }

    /// <summary>Keeps the tracker's counts for the time after its disposal.</summary>
    public void Freeze(CaptureNames names)
    {
        var last = new SiteHarvest(names);
        Harvest(last);
        _frozen = last.Sums.ToArray();
        _ledgers.Clear();
        IsFrozen = true;
    }

    /// <summary>Whether to keep a reading of the totals; called once a write.</summary>
    public bool TotalsAreDue() => !IsFrozen && _totalsDue.IsDue();

    public void WriteTotals(ByteWriter chunk, bool startsAnew)
    {
        var arena = Tracker.Arena;
        var (beforeCount, beforeBytes) = Before();
        chunk.Begin(SectionKind.Totals);
        chunk.Number(Number);
        chunk.Number(_totals.LiveBytes);
        chunk.Number(Math.Min(_leastLive, _totals.LiveBytes));
        chunk.Number(Math.Max(_mostLive, _totals.LiveBytes));
        chunk.Number(beforeBytes);
        chunk.Number(beforeCount);
        chunk.Number((ulong)arena.CommittedBytes);
        chunk.Number((ulong)arena.LentBytes);
        chunk.Number((ulong)arena.PeakCommittedBytes);
        chunk.Number(SiteCounters.Whole(_totals.Allocations));
        chunk.Number(_totals.AllocatedBytes);
        chunk.Number(SiteCounters.Whole(_totals.Frees));
        chunk.Number(_totals.FreedBytes);
        chunk.Number(arena.ColdCalls);
        chunk.Number(CaptureTime.Microseconds(arena.ColdTicks / (double)Stopwatch.Frequency));
        chunk.Number(Tracker.Frame);
        if (startsAnew)
            (_leastLive, _mostLive) = (long.MaxValue, 0);
    }

    public void WriteFrames(ByteWriter chunk)
    {
        var frames = _frames.Take();
        if (frames.IsEmpty)
            return;
        chunk.Begin(SectionKind.Frames);
        chunk.Number(Number);
        chunk.Number(frames[0].FirstFrame);
        chunk.Signed(CaptureTime.Microseconds(frames[0].StartSeconds + SecondsAtAttach));
        long live = 0;
        foreach (ref readonly var frame in frames)
        {
            chunk.Number(frame.Frames);
            chunk.Number(CaptureTime.Microseconds(frame.Seconds));
            if (frame.Frames > 1)
                chunk.Number(CaptureTime.Microseconds(frame.LongestSeconds));
            chunk.Number(frame.Allocations);
            chunk.Number(frame.AllocatedBytes);
            chunk.Number(frame.Frees);
            chunk.Number(frame.FreedBytes);
            chunk.Signed(frame.LiveBytes - live);
            chunk.Number(frame.PeakBytes - frame.LiveBytes);
            chunk.Number(frame.ColdCalls);
            if (frame.ColdCalls > 0)
                chunk.Number(CaptureTime.Microseconds(frame.ColdSeconds));
            live = frame.LiveBytes;
        }
    }

    /// <summary>Writes what is alive in each allocator.</summary>
    public void WriteUse(ByteWriter chunk)
    {
        foreach (var ledger in _ledgers)
        {
            chunk.Begin(SectionKind.AllocatorUse);
            chunk.Number(_names.NumberOf(ledger.Allocator, Number));
            chunk.Number(ledger.Totals.LiveBytes - (long)ledger.Before.Bytes);
            chunk.Number(ledger.Before.CountAtAttach);
            chunk.Number((ulong)ledger.Before.BytesAtAttach);
            chunk.Number(ledger.Before.Count);
            chunk.Number((ulong)ledger.Before.Bytes);
        }
    }

    /// <summary>Adds the cost of its tracker.</summary>
    public void AddCost(ref long tableBytes, ref long managedBytes, ref long untracked, ref long tracked)
    {
        tableBytes += (long)Tracker.State.Pages.CommittedBytes;
        foreach (var ledger in _ledgers)
        {
            managedBytes += ledger.ManagedBytes;
            untracked += ledger.UntrackedCount;
            tracked += ledger.LiveCount;
        }
    }

    private (long Count, long Bytes) Before()
    {
        long count = 0, bytes = 0;
        foreach (var ledger in _ledgers)
        {
            count += ledger.Before.Count;
            bytes += (long)ledger.Before.Bytes;
        }
        return (count, bytes);
    }

    private unsafe void WriteName()
    {
        var arena = Tracker.Arena;
        var name = _names.TextOf(arena.Name);
        var pending = _names.Pending;
        pending.Begin(SectionKind.Arena);
        pending.Number(Number);
        pending.Number(name);
        pending.Number((ulong)arena.Base);
        pending.Number((ulong)arena.ReservedBytes);
        pending.Number(arena.BudgetBytes == nuint.MaxValue ? 0 : (ulong)arena.BudgetBytes);
        pending.Number((ulong)Tracker.State.SampleBytes);
        pending.Signed(CaptureTime.Microseconds(SecondsAtAttach));
    }
}
