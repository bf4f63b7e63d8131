using System.Numerics;

namespace Arena.Pools;

// Storage, in pages of 4 KiB or the system's if those are larger.
internal unsafe partial struct Segment
{
    /// <summary>Whether every page that the granules touch has storage.</summary>
    public readonly bool IsCommitted(int start, int end) =>
        FirstPage(start / SlabPageGranules, EndPage(end), committed: false) == EndPage(end);

    /// <summary>The first page in [from, end) with storage, or without; else <paramref name="end"/>.</summary>
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

    /// <summary>Every page of a new segment has storage.</summary>
    public void SetWhole(bool isZero)
    {
        SetCommitted(0, ByteCount / SlabPageBytes, true);
        CommitsZero = isZero;
    }

    /// <summary>Pages that have storage.</summary>
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
    /// The next run of committed pages in [page, endPage), all in a gap, that were seen to be free before and were not
    /// used since. The others count as seen from now on.
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

    /// <summary>The page after the one that a granule, or the end of something, is in.</summary>
    public static int EndPage(int endGranule) => (endGranule + SlabPageGranules - 1) / SlabPageGranules;

    private readonly bool IsIdle(int page) => (Committed[page >> 6] & Idle[page >> 6] & 1UL << page) != 0;

    private readonly void SetUsed(int start, int end)
    {
        for (var page = start / SlabPageGranules; page < EndPage(end); page++)
            Idle[page >> 6] &= ~(1UL << page);
    }
}
