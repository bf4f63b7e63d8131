using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>A map's runs of committed pages, in address order, not overlapping.</summary>
internal sealed class StoredRuns(IReadOnlyList<MapRun> runs)
{
    /// <summary>Returns the parts of a stretch of a block that have storage, found in steps of the logarithm.</summary>
    public IEnumerable<(long From, long To)> Within(MapBlock block, long start, long end)
    {
        if (block.CommittedBytes == block.ByteCount)
        {
            if (start < end)
                yield return (start, end);
            yield break;
        }
        for (var i = FirstBeyond(start); i < runs.Count && runs[i].Offset < end; i++)
        {
            var (from, to) = (Math.Max(start, runs[i].Offset), Math.Min(end, EndOf(runs[i])));
            if (from < to)
                yield return (from, to);
        }
    }

    /// <summary>Returns the parts of the runs outside the blocks: pages that nothing holds.</summary>
    public IEnumerable<(long From, long To)> Outside(IReadOnlyList<MapBlock> blocks) =>
        Gaps.Outside(blocks, runs.Select(run => (run.Offset, EndOf(run))));

    // Returns the index of the first run that ends after an address.
    private int FirstBeyond(long address)
    {
        var (low, high) = (0, runs.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (EndOf(runs[middle]) <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static long EndOf(MapRun run) => run.Offset + run.ByteCount;
}
