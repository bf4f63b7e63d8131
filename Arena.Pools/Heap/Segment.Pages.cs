namespace Arena.Pools;

// Storage, in pages of 4 KiB or the system's if those are larger.
internal unsafe partial struct Segment
{
    /// <summary>Whether every page that the granules touch has storage.</summary>
    public readonly bool IsCommitted(int start, int end) =>
        FirstPage(start / PageGranules, EndPage(end), committed: false) == EndPage(end);

    /// <summary>The first page in [from, end) that has storage, or has none; <paramref name="end"/> where none is so.</summary>
    public readonly int FirstPage(int from, int end, bool committed)
    {
        for (var page = from; page < end; page = (page | 63) + 1)
        {
            var word = Committed[page >> 6];
            var wanted = (committed ? word : ~word) >> page << page;
            if (wanted != 0)
                return Math.Min((page & ~63) + System.Numerics.BitOperations.TrailingZeroCount(wanted), end);
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

    /// <summary>Pages that have storage.</summary>
    public readonly int CommittedPages
    {
        get
        {
            var count = 0;
            for (var word = 0; word < PageWords; word++)
                count += System.Numerics.BitOperations.PopCount(Committed[word]);
            return count;
        }
    }

    private static int EndPage(int endGranule) => (endGranule + PageGranules - 1) / PageGranules;
}
