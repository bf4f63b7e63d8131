using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>The stretches between blocks.</summary>
internal static class Gaps
{
    /// <summary>
    /// Returns what remains of stretches without the blocks. Both are in address order and do not overlap, so that this
    /// is one pass over both.
    /// </summary>
    public static IEnumerable<(long From, long To)> Outside(
        IReadOnlyList<MapBlock> blocks, IEnumerable<(long From, long To)> stretches)
    {
        var next = 0;
        foreach (var (from, to) in stretches)
        {
            var start = from;
            while (next < blocks.Count && EndOf(blocks[next]) <= start)
                next++;
            for (var i = next; i < blocks.Count && blocks[i].Offset < to; i++)
            {
                if (blocks[i].Offset > start)
                    yield return (start, blocks[i].Offset);
                start = Math.Max(start, EndOf(blocks[i]));
            }
            if (start < to)
                yield return (start, to);
        }
    }

    private static long EndOf(MapBlock block) => block.Offset + block.ByteCount;
}
