namespace Arena.Pools;

// Finds room, and takes segments and pages from the arena.
internal sealed unsafe partial class ThreadHeap
{
    // A heap grows by a share of its size: few calls to the OS in a large heap, little unused memory in a small one.
    private const int StepShare = 256;
    private const nuint LeastStepBytes = 16 << 10;

    // The entries of magazines are reclaimed each time that the heap has grown by this share.
    private const int ReclaimShare = 64;

    // From here on whole segments are committed, which the OS can then back with huge pages.
    private const nuint WholeSegmentsBytes = 128 << 20;

    // The first table lies behind the fast path, and is enough for all segments of a small arena. The tables of two
    // threads must not share a line or a pair of lines, because processors fetch lines in pairs.
    private const int SmallestTable = 128;
    private const int LinePairBytes = 128;
    private static readonly int FastBytes = sizeof(FastPath) + SmallestTable * sizeof(nuint);

    private nuint _committedWhenReclaimed;
    private nuint _pagesSinceReclaimed;
    private Block _table;

    /// <summary>Gives storage to granules of a segment. Returns null, or the reason why it cannot.</summary>
    public string? Commit(Segment* segment, int start, int end)
    {
        var page = segment->FirstPage(start / Segment.SlabPageGranules, Segment.EndPage(end), committed: false);
        while (page < Segment.EndPage(end))
        {
            var runEnd = segment->FirstPage(page, Segment.EndPage(end), committed: true);
            if (CommitPages(segment, page, runEnd) is { } why)
                return why;
            page = segment->FirstPage(runEnd, Segment.EndPage(end), committed: false);
        }
        return null;
    }

    // Changes the class of an extent where it lies. Returns false, with nothing changed, if it cannot.
    private bool TryResize(Segment* segment, int granule, int sizeClass)
    {
        var granules = SizeClasses.GranulesOf(sizeClass);
        if (granules > segment->RoomAt(granule) || Commit(segment, granule, granule + granules) is not null)
            return false;
        _segments.RaiseGapBound(segment, segment->ResizeExtent(granule, sizeClass));
        return true;
    }

    // Returns null, or the reason why there is no room. The segment is null, too, if remote frees gave the class places
    // meanwhile.
    private string? FindRoom(
        int granules, int alignment, int sizeClass, out Segment* segment, out int place, out bool isZero)
    {
        isZero = false;
        var visits = VisitsBeforeGrowing;
        var mayReclaim = true;
        var mayFindMore = true;
        while (true)
        {
            if (!_segments.FindGap(granules, alignment, committedOnly: false, out segment, out place))
            {
                if (!TryFindUnused(ref visits, ref mayReclaim) && AddSegment() is { } noSegment)
                    return noSegment;
                if (HasPlaces(sizeClass))
                    return null;
                continue;
            }
            if (segment->IsCommitted(place, place + granules))
                break;
            if (mayFindMore && MayFindUnused(visits, mayReclaim))
            {
                segment->GiveUp(place);
                segment = null;
                mayFindMore = TryFindUnused(ref visits, ref mayReclaim);
                if (HasPlaces(sizeClass))
                    return null;
                // What was found has storage, and may lie behind a gap without.
                if (mayFindMore && _segments.FindGap(granules, alignment, committedOnly: true, out segment, out place))
                    break;
                continue;
            }
            if (Commit(segment, place, place + granules) is not { } why)
                break;
            segment->GiveUp(place);
            Reclaim();
            if (_segments.FindGap(granules, alignment, committedOnly: true, out segment, out place))
                break;
            return why;
        }
        isZero = place >= segment->FreshGranule && segment->CommitsZero;
        return null;
    }

    // True within a round, and if the heap has grown enough since the last one, or other threads have freed enough.
    private bool ShouldReclaim => IsReclaiming
        || CommittedInSegments + _pagesSinceReclaimed * Segment.SlabPageBytes
        >= _committedWhenReclaimed + _committedWhenReclaimed / ReclaimShare + LeastStepBytes;

    // Before the heap grows by a step, which ends with a segment, it visits as many pages with pending frees as four
    // steps have.
    private int VisitsBeforeGrowing =>
        (int)(4 * nuint.Min(StepBytes, _blocks.SegmentBytes) / Segment.SlabPageBytes) / PagesWithinAllocation + 1;

    private bool HasPending => (*FastPath.SignalsOf(Fast) & FastPath.Pending) != 0;

    private bool MayFindUnused(int visits, bool mayReclaim) =>
        (visits > 0 && HasPending) || (mayReclaim && ShouldReclaim) || _blocks.HasAbandoned;

    // Looks for unused memory before the heap grows, one source a call: frees by other threads, once what a step of
    // reclaiming makes gaps, segments that ended threads left. Returns false if there is nothing more.
    private bool TryFindUnused(ref int visits, ref bool mayReclaim)
    {
        if (visits > 0 && HasPending)
        {
            visits--;
            VisitForRoom();
            return true;
        }
        // What is left of its own comes in later calls. If it adopted meanwhile, it would soon have all that other
        // threads left, and those that begin later would find none.
        if (!mayReclaim || !ShouldReclaim)
            return !HasPending && !IsReclaiming && _blocks.TryAdopt(this);
        mayReclaim = false;
        if (!IsReclaiming)
            CountGrowthFromHere();
        ReclaimStep();
        return true;
    }

    // Everything was reclaimed.
    private void ResetReclaim()
    {
        _growthCursor = default;
        CountGrowthFromHere();
    }

    private void CountGrowthFromHere() => (_committedWhenReclaimed, _pagesSinceReclaimed) = (CommittedInSegments, 0);

    // Returns whether there are places that need no new room; classes without a magazine or a slab are passed as -1.
    private bool HasPlaces(int sizeClass) => sizeClass >= 0
        && (_magazines.CountOf(sizeClass) != 0
            || (sizeClass < SizeClasses.FirstExtent && _segments.FirstAvailable(sizeClass) != null));

    private bool TakesWholeSegments => CommittedInSegments >= WholeSegmentsBytes || Arena.PrefersHugePages;

    private string? AddSegment()
    {
        var why = _blocks.Take(Fast, TakesWholeSegments, out var segment);
        if (why is not null)
            return why;
        why = Enter(segment);
        if (why is not null)
            _blocks.Remove(segment);
        return why;
    }

    // Adds a segment to the table and to this thread's list. Returns null, or the reason why it cannot.
    private string? Enter(Segment* segment)
    {
        while (Slot(segment) != FastPath.NoSegment)
        {
            if (GrowTable(2 * (Fast->TableMask + 1)) is { } why)
                return why;
        }
        Slot(segment) = (nuint)segment;
        CommittedInSegments += (nuint)(segment->CommittedPages * Segment.SlabPageBytes);
        _segments.Add(segment);
        return null;
    }

    private void Forget(Segment* segment)
    {
        _segments.Remove(segment);
        Slot(segment) = FastPath.NoSegment;
        CommittedInSegments -= (nuint)(segment->CommittedPages * Segment.SlabPageBytes);
    }

    private ref nuint Slot(Segment* segment) =>
        ref Fast->Table[(nuint)segment >> Fast->SegmentShift & Fast->TableMask];

    private string? GrowTable(nuint size)
    {
        var bytes = Align.Up(size * (nuint)sizeof(nuint), Arena.OsPageBytes);
        var why = _blocks.TakeStore(bytes, out var store);
        if (why is not null)
            return why;
        why = _blocks.Commit(store.Address, bytes, out _);
        if (why is null)
            UseTable((nuint*)store.Address, size);
        var unused = why is null ? _table : store;
        if (why is null)
            _table = store;
        if (unused.Address != null)
            _blocks.GiveBackStore(unused);
        return why;
    }

    private void UseTable(nuint* table, nuint size)
    {
        new Span<nuint>(table, (int)size).Fill(FastPath.NoSegment);
        Fast->Table = table;
        Fast->TableMask = size - 1;
        for (var i = 0; i < _segments.Length; i++)
            Slot(_segments[i]) = (nuint)_segments[i];
    }

    // Commits pages in [first, end), which have no storage, and perhaps some behind them.
    private string? CommitPages(Segment* segment, int first, int end)
    {
        var nextCommitted = segment->FirstPage(first, Segment.SlabPages, committed: true);
        var wanted = Math.Min(StepEnd(segment, first, end), nextCommitted);
        var why = wanted > end ? CommitExactly(segment, first, wanted) : null;
        return wanted > end && why is null ? null : CommitExactly(segment, first, end);
    }

    private int StepEnd(Segment* segment, int first, int end)
    {
        var segmentEnd = segment->ByteCount / Segment.SlabPageBytes;
        if (TakesWholeSegments)
            return segmentEnd;
        return Math.Min(segmentEnd, Math.Max(end, first + (int)(StepBytes / Segment.SlabPageBytes)));
    }

    private nuint StepBytes => Math.Max(LeastStepBytes, CommittedInSegments / StepShare);

    private string? CommitExactly(Segment* segment, int first, int end)
    {
        // On systems with larger pages, whole system pages are committed.
        var perOsPage = OsPagePages;
        first &= -perOsPage;
        end = (end + perOsPage - 1) & -perOsPage;
        var byteCount = (nuint)(end - first) * Segment.SlabPageBytes;
        var why = _blocks.Commit((byte*)segment + (nint)first * Segment.SlabPageBytes, byteCount, out var isZero);
        if (why is not null)
            return why;
        segment->CommitsZero &= isZero;
        segment->SetCommitted(first, end, true);
        CommittedInSegments += (nuint)(end - first) * Segment.SlabPageBytes;
        if (segment->FirstPage(0, segment->ByteCount / Segment.SlabPageBytes, committed: false) * Segment.SlabPageBytes
            == segment->ByteCount)
            Arena.AdviseHugePages(segment, (nuint)segment->ByteCount);
        return null;
    }
}
