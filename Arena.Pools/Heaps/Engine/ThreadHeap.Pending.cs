using System.Numerics;

namespace Arena.Pools;

// What other threads have freed, and segments that other threads leave behind.
internal sealed unsafe partial class ThreadHeap
{
    // To look for what is pending costs a visit to every page that has some, and its lines come from another processor:
    // so many frees at a time, and at most this part of the heap lies idle meanwhile.
    private const nuint LeastBytesToTakePending = 32 << 10;
    private const int PendingShare = 32;

    // And at most so many pages within one allocation, some microseconds; the rest is for the next ones.
    private const int PagesWithinAllocation = 64;

    private nuint _bytesSincePending;
    private int _pendingSegment;

    // While a segment is adopted, what was freed in it becomes gaps, not places of many sizes that wait.
    private bool _fillsMagazines = true;

    // What was freed twice in a segment that was adopted: the next look throws.
    private nuint _foundTwice;

    private bool MayTakePending =>
        _bytesSincePending >= nuint.Max(LeastBytesToTakePending, CommittedInSegments / PendingShare);

    private const string FreedTwice =
        "its owner and another thread freed it at the same time, and it is found now. It is free, and nothing is lost.";

    /// <summary>
    /// Takes back what other threads have freed, wherever they said there is something; nothing to do in a heap for one
    /// thread.
    /// </summary>
    /// <returns>Whether they said so.</returns>
    /// <exception cref="InvalidFreeException">
    /// Something was freed by the owner and another thread at the same time; all is taken back nevertheless.
    /// </exception>
    public bool TakePending() => VisitSegments(int.MaxValue);

    // Visits at most so many pages, and goes on there the next time.
    private bool VisitSegments(int mostPages)
    {
        // Each is lowered before the one below it is read: what comes later raises it again.
        var isSignalled = RemoteFrees.Lower<ManyThreads>(FastPath.SignalsOf(Fast), FastPath.Pending);
        nuint twice = 0;
        for (var visited = 0; isSignalled && visited < _segments.Length && mostPages > 0; visited++)
        {
            if (_pendingSegment >= _segments.Length)
                _pendingSegment = 0;
            var segment = _segments[_pendingSegment];
            if (_blocks.LowerFlag(segment))
                VisitPages(segment, ref mostPages, ref twice);
            if (mostPages > 0)
                _pendingSegment++;
        }
        if (mostPages > 0)
            _bytesSincePending = 0;
        else
            RemoteFrees.Raise<ManyThreads>(FastPath.SignalsOf(Fast), FastPath.Pending);
        if (twice == 0)
            (twice, _foundTwice) = (_foundTwice, 0);
        if (twice != 0)
            Throw.InvalidFree(_blocks.Owner, (void*)twice, FreedTwice);
        return isSignalled;
    }

    /// <summary>Removes one of the segments of a thread that has ended; null where it has none.</summary>
    public Segment* GiveUpSegment()
    {
        if (_segments.Length == 0)
            return null;
        Reclaim();
        var segment = _segments[_segments.Length - 1];
        Forget(segment);
        if (_segments.Length == 0)
            _magazines.GiveBackStores();
        return segment;
    }

    /// <summary>Takes a segment over from another thread's heap; null, or why it cannot.</summary>
    /// <param name="segment">One that its owner has given up.</param>
    /// <param name="looks">
    /// Takes back what is pending in it, so that there is room in it before another one is adopted.
    /// </param>
    public string? Adopt(Segment* segment, bool looks)
    {
        if (Enter(segment) is { } why)
            return why;
        RemoteFrees.TakeOver<ManyThreads>((ulong*)&segment->Owner, FastPath.SignalsOf(Fast));
        for (var sizeClass = 0; sizeClass < SizeClasses.FirstExtent; sizeClass++)
        {
            if (segment->HasAvailable(sizeClass))
                _segments.MakeAvailable(segment, sizeClass);
        }
        var mostPages = int.MaxValue;
        _fillsMagazines = false;
        if (looks && _blocks.LowerFlag(segment))
            VisitPages(segment, ref mostPages, ref _foundTwice);
        _fillsMagazines = true;
        return null;
    }

    // A free place that its owner is to get again, and that another thread has freed as well.
    private void RefuseFreedTwice(Segment* segment, int granule)
    {
        Return(segment, granule, segment->ClassOf(granule));
        nuint twice = 0;
        TakePage(segment, granule / Segment.SlabPageGranules, ref twice);
        Throw.InvalidFree(_blocks.Owner, segment->AddressOf(granule), FreedTwice);
    }

    private void VisitPages(Segment* segment, ref int mostPages, ref nuint twice)
    {
        for (var granule = 0; granule < segment->GranuleCount; granule += 64 * Segment.SlabPageGranules)
        {
            var word = Segment.PendingPage(segment, granule, out _);
            var pages = RemoteFrees.LowerAll<ManyThreads>(word);
            for (; pages != 0 && mostPages > 0; pages &= pages - 1, mostPages--)
            {
                _pagesSinceReclaimed++;
                var page = granule / Segment.SlabPageGranules + BitOperations.TrailingZeroCount(pages);
                TakePage(segment, page, ref twice);
            }
            if (mostPages > 0)
                continue;
            // From the place upwards, as who frees.
            ManyThreads.Or(word, pages);
            _blocks.RaiseFlag(segment);
            return;
        }
    }

    private void TakePage(Segment* segment, int page, ref nuint twice)
    {
        Span<ulong> taken = stackalloc ulong[Segment.SlabPageGranules / 64];
        var twiceFreed = -1;
        // What was freed twice is free, too, and was not to be had meanwhile.
        if (segment->TakePendingOfPage(page, taken, ref twiceFreed) || twiceFreed >= 0)
        {
            var first = page * Segment.SlabPageGranules;
            if (segment->IsSlab(first))
                ReturnSlab(segment, first, segment->ClassOf(first));
            else
                ReturnExtents(segment, first, taken);
        }
        if (twiceFreed >= 0)
            twice = (nuint)segment->AddressOf(twiceFreed);
    }

    private void ReturnSlab(Segment* segment, int granule, int sizeClass)
    {
        var slab = granule & -Segment.SlabGranules(sizeClass);
        MakeAvailable(segment, slab, sizeClass);
    }

    private void ReturnExtents(Segment* segment, int first, ReadOnlySpan<ulong> starts)
    {
        for (var i = 0; i < starts.Length; i++)
        {
            for (var bits = starts[i]; bits != 0; bits &= bits - 1)
            {
                var granule = first + 64 * i + BitOperations.TrailingZeroCount(bits);
                var sizeClass = segment->ClassOf(granule);
                if (_fillsMagazines && _magazines.CountOf(sizeClass) < _magazines.CapacityOf(sizeClass))
                    _magazines.Push(sizeClass, (nuint)segment->AddressOf(granule));
                else
                    _segments.RaiseGapBound(segment, segment->RemoveExtent(granule));
            }
        }
    }
}
