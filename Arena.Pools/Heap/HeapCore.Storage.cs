namespace Arena.Pools;

// Where room is found, and when segments and pages are taken from the arena.
internal sealed unsafe partial class HeapCore
{
    // A heap grows by a part of what it has: few calls to the OS in a large one, little unused in a small one.
    private const int StepShare = 128;
    private const nuint LeastStepBytes = 16 << 10;

    // From here on whole segments are committed, which the OS can then back with huge pages.
    private const nuint WholeSegmentsBytes = 256 << 20;

    // The first table lies behind the hot part.
    private const nuint SmallestTable = 64;

    private static readonly nuint HotBytes = (nuint)sizeof(HotHeap) + SmallestTable * (nuint)sizeof(nuint);

    private nuint _committedWhenReclaimed;
    private nuint _tableBytes;

    /// <summary>Gives storage to granules of a segment; null, or why they cannot have it.</summary>
    public string? Commit(Segment* segment, int start, int end)
    {
        var page = segment->FirstPage(start / Segment.PageGranules, EndPage(end), committed: false);
        while (page < EndPage(end))
        {
            var runEnd = segment->FirstPage(page, EndPage(end), committed: true);
            if (CommitPages(segment, page, runEnd) is { } why)
                return why;
            page = segment->FirstPage(runEnd, EndPage(end), committed: false);
        }
        return null;
    }

    /// <summary>Changes the class of an extent where it lies; false, and nothing changed, where it cannot.</summary>
    public bool TryResize(Segment* segment, int granule, int sizeClass)
    {
        var granules = SizeClasses.GranulesOf(sizeClass);
        if (granules > segment->RoomAt(granule) || Commit(segment, granule, granule + granules) is not null)
            return false;
        _segments.RaiseGapBound(segment, segment->ResizeExtent(granule, sizeClass));
        return true;
    }

    /// <summary>
    /// Returns what waits in magazines, and gives the storage of gaps back to the OS, from the highest address down.
    /// </summary>
    /// <param name="mostPages">At most so many pages of 4 KiB.</param>
    /// <returns>Bytes given back.</returns>
    public nuint Trim(int mostPages)
    {
        Reclaim();
        nuint givenBack = 0;
        for (var i = _segments.Count - 1; i >= 0; i--)
        {
            var segment = _segments[i];
            givenBack += segment->IsEmpty
                ? RemoveSegment(segment)
                : Decommit(segment, Math.Min(mostPages - (int)(givenBack / Segment.PageBytes), Segment.Pages));
        }
        return givenBack;
    }

    private nuint RemoveSegment(Segment* segment)
    {
        _segments.Remove(segment);
        Slot(segment) = HotHeap.NoSegment;
        SegmentBytes -= (nuint)(segment->CommittedPages * Segment.PageBytes);
        return _map.Remove(segment);
    }

    // Only pages that lie in a gap as a whole.
    private nuint Decommit(Segment* segment, int mostPages)
    {
        nuint givenBack = 0;
        var granule = 0;
        while (segment->NextGap(ref granule, out var start, out var end))
        {
            var page = EndPage(start);
            var endPage = end / Segment.PageGranules;
            for (page = segment->FirstPage(page, endPage, true); page < endPage && mostPages > 0;)
            {
                var runEnd = Math.Min(segment->FirstPage(page, endPage, false), page + mostPages);
                var bytes = DecommitPages(segment, page, runEnd);
                givenBack += bytes;
                mostPages -= (int)(bytes / Segment.PageBytes);
                page = segment->FirstPage(runEnd, endPage, true);
            }
        }
        return givenBack;
    }

    private nuint DecommitPages(Segment* segment, int first, int end)
    {
        // Systems with larger pages give those back.
        var granule = (int)PageArena.PageBytes / Segment.PageBytes;
        first = (first + granule - 1) & -granule;
        end &= -granule;
        if (first >= end)
            return 0;
        var bytes = (nuint)(end - first) * Segment.PageBytes;
        var givenBack = Arena.Decommit(
            (byte*)segment + (nint)first * Segment.PageBytes, bytes, _owner.OwnerToken);
        // What the OS refuses stays usable.
        if (givenBack != bytes)
            return 0;
        segment->SetCommitted(first, end, false);
        SegmentBytes -= givenBack;
        return givenBack;
    }

    // Null, or why there is none.
    private string? FindRoom(int granules, int alignment, out Segment* segment, out int place, out bool isZero)
    {
        isZero = false;
        string? why;
        while (true)
        {
            if (_segments.FindGap(granules, alignment, committedOnly: false, out segment, out place))
            {
                if (segment->IsCommitted(place, place + granules))
                    break;
                // Before the heap grows, what waits in magazines may close gaps.
                why = ShouldReclaim() ? null : Commit(segment, place, place + granules);
                if (why is null && segment->IsCommitted(place, place + granules))
                    break;
                segment->GiveUp(place);
                if (why is null)
                    continue;
                Reclaim();
                if (_segments.FindGap(granules, alignment, committedOnly: true, out segment, out place))
                    break;
                return why;
            }
            if (ShouldReclaim())
                continue;
            if (AddSegment() is { } noSegment)
                return noSegment;
        }
        isZero = place >= segment->FreshGranule && segment->CommitsZero;
        return null;
    }

    private bool ShouldReclaim()
    {
        if (SegmentBytes < _committedWhenReclaimed + _committedWhenReclaimed / StepShare + LeastStepBytes)
            return false;
        _committedWhenReclaimed = SegmentBytes;
        Reclaim();
        return true;
    }

    private string? AddSegment()
    {
        if (_map.Take(out var segment) is { } why)
            return why;
        while (Slot(segment) != HotHeap.NoSegment)
        {
            if (GrowTable(2 * (Hot->TableMask + 1)) is not { } noTable)
                continue;
            _map.Remove(segment);
            return noTable;
        }
        Slot(segment) = (nuint)segment;
        SegmentBytes += (nuint)(segment->CommittedPages * Segment.PageBytes);
        _segments.Add(segment);
        return null;
    }

    private ref nuint Slot(Segment* segment) =>
        ref Hot->Table[(nuint)segment >> Hot->FrameShift & Hot->TableMask];

    // A larger table lies behind the magazines, where it has addresses for all frames of the arena.
    private string? GrowTable(nuint size)
    {
        var table = (nuint*)((byte*)_store.Address + Magazines.StoreBytes);
        var bytes = PageMap.RoundUp(size * (nuint)sizeof(nuint), PageArena.PageBytes);
        if (_owner.Arena.Commit(table, bytes, _owner.OwnerToken, out _) is { } why)
            return why;
        _tableBytes = bytes;
        UseTable(table, size);
        return null;
    }

    private void UseTable(nuint* table, nuint size)
    {
        new Span<nuint>(table, (int)size).Fill(HotHeap.NoSegment);
        Hot->Table = table;
        Hot->TableMask = size - 1;
        for (var i = 0; i < _segments.Count; i++)
            Slot(_segments[i]) = (nuint)_segments[i];
    }

    // [first, end) have no storage; some pages behind them may get it too.
    private string? CommitPages(Segment* segment, int first, int end)
    {
        var wanted = Math.Min(StepEnd(segment, first, end), segment->FirstPage(first, Segment.Pages, committed: true));
        var why = wanted > end ? CommitExactly(segment, first, wanted) : null;
        return wanted > end && why is null ? null : CommitExactly(segment, first, end);
    }

    private int StepEnd(Segment* segment, int first, int end)
    {
        var frameEnd = segment->ByteCount / Segment.PageBytes;
        if (SegmentBytes >= WholeSegmentsBytes || Arena.PrefersHugePages)
            return frameEnd;
        var stepBytes = Math.Max(LeastStepBytes, SegmentBytes / StepShare);
        return Math.Min(frameEnd, Math.Max(end, first + (int)(stepBytes / Segment.PageBytes)));
    }

    private string? CommitExactly(Segment* segment, int first, int end)
    {
        // Systems with larger pages commit those.
        var granule = (int)PageArena.PageBytes / Segment.PageBytes;
        first &= -granule;
        end = (end + granule - 1) & -granule;
        var why = Arena.Commit(
            (byte*)segment + (nint)first * Segment.PageBytes, (nuint)(end - first) * Segment.PageBytes,
            _owner.OwnerToken, out var isZero);
        if (why is not null)
            return why;
        segment->CommitsZero &= isZero;
        segment->SetCommitted(first, end, true);
        SegmentBytes += (nuint)(end - first) * Segment.PageBytes;
        return null;
    }

    private static int EndPage(int endGranule) => (endGranule + Segment.PageGranules - 1) / Segment.PageGranules;
}
