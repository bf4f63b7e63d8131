using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>Adds the tables of live allocations up, within one pause.</summary>
internal static class SnapshotBuilder
{
    private const int Classes = 64;

    public static MemorySnapshot Build(LeakTracker tracker, long fromFrame, long toFrame)
    {
        var sums = new Dictionary<(string File, int Line, string Member, Tag Tag, int Class), (long, long)>();
        var context = tracker.Context;
        context.Pause.Visit(tracker.Book, view =>
        {
            foreach (var ledger in view.Ledgers)
                Add(ledger, fromFrame, toFrame, sums);
        });
        var rows = sums.Select(sum => new SnapshotRow(
            sum.Key.File, sum.Key.Line, sum.Key.Member, sum.Key.Tag.Name, (nuint)1 << sum.Key.Class,
            SiteCounters.Whole(sum.Value.Item1), sum.Value.Item2));
        return new MemorySnapshot
        {
            ArenaName = tracker.Arena.Name,
            Frame = context.Clock.Frame,
            Attached = TimeSpan.FromSeconds(context.Clock.Seconds),
            FromFrame = fromFrame,
            ToFrame = toFrame,
            Rows = MemorySnapshot.Sorted(rows),
        };
    }

    private static void Add(
        Ledger ledger, long fromFrame, long toFrame,
        Dictionary<(string File, int Line, string Member, Tag Tag, int Class), (long Count, long Bytes)> sums)
    {
        var sites = ledger.Sites.Sites;
        var ofLedger = new (long Count, long Bytes)[sites.Length * Classes];
        foreach (ref readonly var allocation in ledger.Places)
        {
            if (allocation.Address == 0 || allocation.BornFrame < fromFrame || allocation.BornFrame > toFrame)
                continue;
            var weight = ledger.WeightOf(allocation.ByteCount);
            ref var sum = ref ofLedger[allocation.Site * Classes + ClassOf(allocation.ByteCount)];
            sum.Count += weight.Count;
            sum.Bytes += weight.Bytes;
        }
        for (var i = 0; i < ofLedger.Length; i++)
        {
            if (ofLedger[i].Count == 0)
                continue;
            var site = sites[i / Classes];
            var key = (site.File, site.Line, site.Member, site.Tag, i % Classes);
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, key, out _);
            sum = (sum.Count + ofLedger[i].Count, sum.Bytes + ofLedger[i].Bytes);
        }
    }

    private static int ClassOf(nuint byteCount) => byteCount <= 1 ? 0 : BitOperations.Log2(byteCount - 1) + 1;
}
