using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

// Counts what a segment holds, thing by thing: for statistics, and in Debug to check the tables.
internal unsafe partial struct Segment
{
    /// <summary>Adds the contents of the segment to a tally.</summary>
    public readonly void Count(ref SegmentTally tally)
    {
        for (var window = 0; window < WindowCount; window++)
        {
            var sizeClass = Classes[window];
            if (Kinds[window] >= Kind.Extent)
            {
                var live = IsLive(StartOf(window)) ? 1 : 0;
                tally.Add(sizeClass, live, 1 - live);
            }
            else if (Kinds[window] == Kind.Slab)
            {
                var live = CountLive(window * WindowGranules, SlabGranules(sizeClass));
                tally.Add(sizeClass, live, SlotOrder.Of(sizeClass).Length - live);
                window += (SlabGranules(sizeClass) >> WindowShift) - 1;
            }
        }
        var granule = 0;
        while (NextGap(ref granule, out var start, out var end))
            CountGap(ref tally, start, end);
    }

    /// <summary>Counts the live allocations that start in a range of whole words.</summary>
    public readonly int CountLive(int granule, int granules)
    {
        var count = 0;
        for (var word = granule >> 6; word < granule + granules >> 6; word++)
            count += BitOperations.PopCount(LiveBits(word));
        return count;
    }

    /// <summary>Asserts the invariants of every segment between two calls.</summary>
    [Conditional("DEBUG")]
    public readonly void Validate()
    {
        var live = 0;
        var end = 0;
        for (var window = 0; window < WindowCount; window++)
        {
            if (Kinds[window] == Kind.Nothing)
                continue;
            Debug.Assert(StartOf(window) >= end, "things do not overlap");
            Debug.Assert(Kinds[window] is Kind.Blocked or Kind.Slab or >= Kind.Extent, "the kind is known");
            end = EndOf(window);
            live += Kinds[window] switch
            {
                >= Kind.Extent => (int)(Live[StartOf(window) >> 6] >> StartOf(window) & 1),
                Kind.Slab => CountSlots(window),
                _ => 0,
            };
        }
        Debug.Assert(live == CountLiveBits(0, GranuleCount), "only slots and extents are live");
        var available = new Span<byte>(AvailablePages, SlabPages).Count((byte)1);
        Debug.Assert(available == CountAvailable(), "a slab is available to its class, or to none");
        var granule = 0;
        while (NextGap(ref granule, out var start, out var gapEnd))
        {
            Debug.Assert(
                GapBounds[start >> GroupShift] >= Math.Min(gapEnd - start, LongestBound), "a gap is within its bound");
            var (pages, pairs) = (PagePlaces >> (start >> GroupShift) & 1, PairPlaces >> (start >> GroupShift) & 1);
            Debug.Assert(
                pages >= (ulong)Places(start, gapEnd, SlabPageGranules)
                && pairs >= (ulong)Places(start, gapEnd, 2 * SlabPageGranules), "a place for a slab has its bit");
        }
    }

    private readonly int CountLiveBits(int granule, int granules)
    {
        var count = 0;
        for (var word = granule >> 6; word < granule + granules >> 6; word++)
            count += BitOperations.PopCount(Live[word]);
        return count;
    }

    // Counts the available slabs of all classes; returns -1 if the byte of a page disagrees.
    private readonly int CountAvailable()
    {
        var count = 0;
        for (var word = 0; word < SizeClasses.FirstExtent * SlabPageWords; word++)
        {
            for (var bits = Available(0)[word]; bits != 0; bits &= bits - 1, count++)
            {
                if (AvailablePages[word % SlabPageWords * 64 + BitOperations.TrailingZeroCount(bits)] == 0)
                    return -1;
            }
        }
        return count;
    }

    // Counts the live slots of a slab that start in a window, at positions where a slot may start.
    private readonly int CountSlots(int window)
    {
        var sizeClass = Classes[window];
        var slab = window * WindowGranules & -SlabGranules(sizeClass);
        var starts = SlotOrder.StartsOf(sizeClass)[(window * WindowGranules - slab) >> 6];
        var ofWindow = (ulong)uint.MaxValue << (window * WindowGranules & 63);
        return BitOperations.PopCount(Live[window * WindowGranules >> 6] & starts & ofWindow);
    }

    // Counts the committed part of a gap.
    private readonly void CountGap(ref SegmentTally tally, int start, int end)
    {
        for (var at = start; at < end;)
        {
            var page = FirstPage(at / SlabPageGranules, EndPage(end), committed: true);
            var from = Math.Max(at, page * SlabPageGranules);
            at = Math.Min(end, FirstPage(page, EndPage(end), committed: false) * SlabPageGranules);
            if (from < at)
                tally.AddGap((nuint)(at - from) * GranuleBytes);
            else
                return;
        }
    }
}
