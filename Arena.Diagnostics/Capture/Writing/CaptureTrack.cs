using System.Diagnostics;

namespace Arena.Diagnostics;

/// <summary>A tracker, and its arena, in a capture.</summary>
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
    /// <param name="options">The options of the capture.</param>
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

    /// <summary>True if the tracker was disposed, so that its numbers no longer change.</summary>
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

    /// <summary>Returns whether to keep a reading of the totals. It is called once a write.</summary>
    public bool TotalsAreDue() => !IsFrozen && _totalsDue.IsDue();

    public void WriteTotals(ByteWriter chunk, bool startsAnew)
    {
        var arena = Tracker.Arena;
        var (beforeCount, beforeBytes) = Before();
        TotalsSection.Write(chunk, Number, new CaptureTotals
        {
            LiveBytes = _totals.LiveBytes,
            LeastLiveBytes = Math.Min(_leastLive, _totals.LiveBytes),
            MostLiveBytes = Math.Max(_mostLive, _totals.LiveBytes),
            BeforeBytes = beforeBytes,
            BeforeCount = beforeCount,
            CommittedBytes = (long)arena.CommittedBytes,
            LentBytes = (long)arena.LentBytes,
            PeakCommittedBytes = (long)arena.PeakCommittedBytes,
            Allocations = SiteCounters.Whole(_totals.Allocations),
            AllocatedBytes = _totals.AllocatedBytes,
            Frees = SiteCounters.Whole(_totals.Frees),
            FreedBytes = _totals.FreedBytes,
            ColdCalls = arena.ColdCalls,
            ColdSeconds = arena.ColdTicks / (double)Stopwatch.Frequency,
            Frame = Tracker.Frame,
        });
        if (startsAnew)
            (_leastLive, _mostLive) = (long.MaxValue, 0);
    }

    public void WriteFrames(ByteWriter chunk)
    {
        var frames = _frames.Take();
        if (!frames.IsEmpty)
            FramesSection.Write(chunk, Number, frames, SecondsAtAttach);
    }

    /// <summary>Writes the live allocations of each allocator, and its compactions.</summary>
    public void WriteUse(ByteWriter chunk)
    {
        foreach (var ledger in _ledgers)
        {
            var number = _names.NumberOf(ledger.Allocator, Number);
            new AllocatorUseSection
            {
                Allocator = number,
                TrackedBytes = ledger.Totals.LiveBytes - (long)ledger.Before.Bytes,
                CountAtAttach = ledger.Before.CountAtAttach,
                BytesAtAttach = (long)ledger.Before.BytesAtAttach,
                BeforeCount = ledger.Before.Count,
                BeforeBytes = (long)ledger.Before.Bytes,
            }.Write(chunk);
            if (ledger.Allocator.Compaction is { } counters)
                AllocatorCompactionSection.Write(chunk, number, counters);
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
        new ArenaSection
        {
            Number = Number,
            Name = name,
            BaseAddress = (ulong)arena.Base,
            ReservedBytes = (long)arena.ReservedBytes,
            BudgetBytes = arena.BudgetBytes == nuint.MaxValue ? 0 : (long)arena.BudgetBytes,
            SampleBytes = (long)Tracker.State.SampleBytes,
            AttachedSeconds = SecondsAtAttach,
        }.Write(_names.Pending);
    }
}
