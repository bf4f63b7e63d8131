using System.Numerics;

namespace Arena.Diagnostics;

/// <summary>Adds up the tables of live allocations, at one quiet point.</summary>
internal static class SnapshotBuilder
{
    private const int Classes = 64;

    public static MemorySnapshot Build(LeakTracker tracker, long fromFrame, long toFrame)
    {
        var state = tracker.State;
        var rows = Sum(tracker, fromFrame, toFrame).Select(sum => new SnapshotRow(
            sum.Site.File, sum.Site.Line, sum.Site.Member, sum.Site.Tag.Name, (nuint)1 << sum.Class,
            SiteCounters.Whole(sum.Count), sum.Bytes));
        return new MemorySnapshot
        {
            ArenaName = tracker.Arena.Name,
            Frame = state.Clock.Frame,
            Attached = TimeSpan.FromSeconds(state.Clock.Seconds),
            FromFrame = fromFrame,
            ToFrame = toFrame,
            Rows = MemorySnapshot.Sorted(rows),
        };
    }

    /// <summary>
    /// Sums by site and size class, the exponent of its power of two; a site of several ledgers occurs more than once.
    /// </summary>
    public static List<SnapshotSum> Sum(LeakTracker tracker, long fromFrame, long toFrame)
    {
        var sums = new List<SnapshotSum>();
        tracker.State.QuietPoint.Visit(tracker.LedgerSet, view =>
        {
            foreach (var ledger in view.Ledgers)
                Add(ledger, fromFrame, toFrame, sums);
        });
        return sums;
    }

    private static void Add(Ledger ledger, long fromFrame, long toFrame, List<SnapshotSum> sums)
    {
        var sites = ledger.Sites.Sites;
        // If there are many sites, most have nothing alive.
        var ofLedger = new Weight[]?[sites.Length];
        foreach (ref readonly var allocation in ledger.Places)
        {
            if (allocation.Address == 0 || allocation.BornFrame < fromFrame || allocation.BornFrame > toFrame)
                continue;
            var weight = ledger.WeightOf(allocation.ByteCount);
            ref var sum = ref (ofLedger[allocation.Site] ??= new Weight[Classes])[ClassOf(allocation.ByteCount)];
            sum = new Weight(sum.Count + weight.Count, sum.Bytes + weight.Bytes);
        }
        for (var number = 0; number < ofLedger.Length; number++)
        {
            for (var size = 0; size < ofLedger[number]?.Length; size++)
            {
                var sum = ofLedger[number]![size];
                if (sum.Count != 0)
                    sums.Add(new SnapshotSum(sites[number], size, sum.Count, sum.Bytes));
            }
        }
    }

    private static int ClassOf(nuint byteCount) => byteCount <= 1 ? 0 : BitOperations.Log2(byteCount - 1) + 1;
}
