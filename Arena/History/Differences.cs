namespace Arena;

/// <summary>Compares the live allocations of two frames, one of which the table of pages is at.</summary>
/// <param name="pages">The pages of the second frame.</param>
/// <param name="images">The first frame's copies of all pages in which the two differ, by unit.</param>
internal sealed unsafe class Differences(PageVersions pages, Dictionary<int, int> images)
{
    private readonly List<HistoryDifference> _found = [];
    private readonly List<Allocator> _owners = [];

    /// <summary>Returns what was found, with the lines of source that observers know in the present.</summary>
    public IReadOnlyList<HistoryDifference> WithLines()
    {
        for (var i = 0; i < _found.Count; i++)
        {
            var owner = _owners[i];
            if (!owner.IsDisposed)
                _found[i] = _found[i] with { AllocatedAt = owner.LineOf(_found[i].Address - owner.ValueOffset) };
        }
        return _found;
    }

    /// <summary>Finds all that differs in allocations of either frame, which come in address order.</summary>
    public void Find(IReadOnlyList<LiveRange> first, IReadOnlyList<LiveRange> second)
    {
        var (i, j) = (0, 0);
        while (i < first.Count || j < second.Count)
        {
            if (i < first.Count && j < second.Count && first[i] == second[j])
            {
                Compare(first[i++]);
                j++;
            }
            else if (j == second.Count || (i < first.Count && first[i].Address <= second[j].Address))
            {
                Add(first[i], 0, first[i++].ByteCount, isInFirst: true, isInSecond: false);
            }
            else
            {
                Add(second[j], 0, second[j++].ByteCount, isInFirst: false, isInSecond: true);
            }
        }
    }

    // Compares an allocation that is live in both. A run of bytes may go on from one page to the next.
    private void Compare(LiveRange range)
    {
        var start = nuint.MaxValue;
        var end = range.Address + range.ByteCount;
        for (var address = range.Address; address < end;)
        {
            var pageEnd = nuint.Min(pages.EndOfPage(address), end);
            if (!images.TryGetValue(pages.UnitOf((byte*)address), out var copy))
            {
                EndRun(range, ref start, address);
                address = pageEnd;
                continue;
            }
            var left = pages.At(copy);
            var right = pages.ImageOf((byte*)address);
            for (; address < pageEnd; address++)
            {
                var at = pages.OffsetInPage(address);
                if ((left == null ? 0 : left[at]) != (right == null ? 0 : right[at]))
                    start = nuint.Min(start, address);
                else
                    EndRun(range, ref start, address);
            }
        }
        EndRun(range, ref start, end);
    }

    private void EndRun(LiveRange range, ref nuint start, nuint end)
    {
        if (start < end)
            Add(range, start - range.Address, end - start, isInFirst: true, isInSecond: true);
        start = nuint.MaxValue;
    }

    private void Add(LiveRange range, nuint offset, nuint byteCount, bool isInFirst, bool isInSecond)
    {
        _owners.Add(range.Owner);
        _found.Add(new HistoryDifference
        {
            Allocator = range.Owner.Name,
            Address = range.Address,
            Offset = offset,
            ByteCount = byteCount,
            IsInFirst = isInFirst,
            IsInSecond = isInSecond,
        });
    }
}
