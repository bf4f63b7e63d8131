using System.Numerics;

namespace Arena.Pools;

// The storage of a segment, in pages of 4 KiB or of the system's size if that is larger.
internal unsafe partial struct Segment
{
    /// <summary>Returns whether every page that the granules touch has storage.</summary>
    public readonly bool IsCommitted(int start, int end) =>
        FirstPage(start / SlabPageGranules, EndPage(end), committed: false) == EndPage(end);

    /// <summary>
    /// Returns the first page in [from, end) with storage, or without; if there is none, <paramref name="end"/>.
    /// </summary>
    public readonly int FirstPage(int from, int end, bool committed)
    {
        for (var page = from; page < end; page = (page | 63) + 1)
        {
            var word = Committed[page >> 6];
            var wanted = (committed ? word : ~word) >> page << page;
            if (wanted != 0)
                return Math.Min((page & ~63) + BitOperations.TrailingZeroCount(wanted), end);
        }
        return end;
    }

    public void SetCommitted(int firstPage, int endPage, bool committed)
    {
        for (var page = firstPage; page < endPage; page++)
        {
            if (committed)
                Committed[page >> 6] |= 1UL << page;
            else
                Committed[page >> 6] &= ~(1UL << page);
        }
    }

    /// <summary>Marks every page of a new segment as committed.</summary>
    public void SetWhole(bool isZero)
    {
        SetCommitted(0, ByteCount / SlabPageBytes, true);
        CommitsZero = isZero;
    }

    /// <summary>The number of pages that have storage.</summary>
    public readonly int CommittedPages
    {
        get
        {
            var count = 0;
            for (var word = 0; word < SlabPageWords; word++)
                count += BitOperations.PopCount(Committed[word]);
            return count;
        }
    }

    /// <summary>
    /// Finds the next run of committed pages in [page, endPage), all in a gap, that an earlier call saw free and that
    /// were not used since. The other pages count as seen from now on.
    /// </summary>
    public bool NextIdleRun(ref int page, int endPage, out int first, out int end)
    {
        for (; page < endPage && !IsIdle(page); page++)
            Idle[page >> 6] |= 1UL << page;
        first = page;
        while (page < endPage && IsIdle(page))
            page++;
        end = page;
        return first < end;
    }

    /// <summary>Returns the page after the one in which a thing that ends at a granule ends.</summary>
    public static int EndPage(int endGranule) => (endGranule + SlabPageGranules - 1) / SlabPageGranules;

    private readonly bool IsIdle(int page) => (Committed[page >> 6] & Idle[page >> 6] & 1UL << page) != 0;

    private readonly void SetUsed(int start, int end)
    {
        for (var page = start / SlabPageGranules; page < EndPage(end); page++)
            Idle[page >> 6] &= ~(1UL << page);
    }
}
