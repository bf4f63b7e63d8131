using System.Numerics;
using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>The space in a block that could still be allocated, without another page.</summary>
internal static class FreeSpace
{
    /// <summary>Returns the free bytes of a block.</summary>
    public static long Bytes(MapBlock block) =>
        Math.Max(0, Math.Min(block.CapacityBytes, block.CommittedBytes) - block.LiveBytes);

    /// <summary>
    /// Returns the largest request that fits: a slot where slots are all alike, an aligned power of two in a buddy,
    /// otherwise the longest hole.
    /// </summary>
    public static long Largest(MapBlock block, StoredRuns stored, string kind)
    {
        if (block.CapacityBytes == 0)
            return 0;
        if (block.SlotBytes > 0)
            return Bytes(block) >= block.SlotBytes ? block.SlotBytes : 0;
        long largest = 0;
        foreach (var (start, end) in Holes(block))
        {
            foreach (var (from, to) in stored.Within(block, start, end))
            {
                var fits = kind == "buddy" ? LargestRegion(from - block.Offset, to - block.Offset) : to - from;
                largest = Math.Max(largest, fits);
            }
        }
        return largest;
    }

    // The block's own header, where it has one, lies before the first hole.
    private static IEnumerable<(long Start, long End)> Holes(MapBlock block)
    {
        var position = block.Offset + (block.ByteCount - block.CapacityBytes);
        foreach (var run in block.Runs)
        {
            if (run.Offset > position)
                yield return (position, run.Offset);
            position = Math.Max(position, run.Offset + run.ByteCount);
        }
        if (position < block.Offset + block.ByteCount)
            yield return (position, block.Offset + block.ByteCount);
    }

    // The largest power of two that fits, aligned, into [from, to).
    private static long LargestRegion(long from, long to)
    {
        for (var size = (long)BitOperations.RoundUpToPowerOf2((ulong)(to - from)); size > 0; size >>= 1)
        {
            if (((from + size - 1) & -size) + size <= to)
                return size;
        }
        return 0;
    }
}
