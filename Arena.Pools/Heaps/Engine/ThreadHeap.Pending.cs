using System.Numerics;

namespace Arena.Pools;

// Takes back what other threads have freed, and adopts the segments that they leave behind.
internal sealed unsafe partial class ThreadHeap
{
    // Looking for pending frees costs a visit to every page that has some, and its lines come from another processor.
    // So the owner waits for this many bytes of frees, and at most this share of the heap is idle meanwhile.
    private const nuint LeastBytesToTakePending = 32 << 10;
    private const int PendingShare = 32;

    // One allocation visits at most this many pages, in some microseconds, and leaves the rest to later ones.
    private const int PagesWithinAllocation = 64;

    private nuint _bytesSincePending;
    private int _pendingSegment;

    // Where room is needed, places that were freed become gaps, and not entries of many magazines.
    private bool _fillsMagazines = true;

    // An address that was freed twice in an adopted segment: the next call that takes pending frees throws.
    private nuint _foundTwice;

    private bool MayTakePending =>
        _bytesSincePending >= nuint.Max(LeastBytesToTakePending, CommittedInSegments / PendingShare);

    private const string FreedTwice =
        "its owner and another thread freed it at the same time, and it is found now. It is free, and nothing is lost.";

    /// <summary>
    /// Takes back what other threads have freed, wherever they set a flag. In a heap for one thread it does nothing.
    /// </summary>
    /// <returns>True if a flag was set.</returns>
    /// <exception cref="InvalidFreeException">
    /// An address was freed by the owner and another thread at the same time. Everything is taken back nevertheless.
    /// </exception>
    public bool TakePending() => VisitSegments(int.MaxValue);

    // Visits at most this many pages, and continues there the next time.
    private bool VisitSegments(int mostPages)
    {
        // Each bit is lowered before the one below it is read: later frees raise it again.
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

    // Visits pages so that there is room afterwards, for whichever class. Otherwise this thread would adopt segments
    // again and again, and other threads, which begin later, would find none.
    private void VisitForRoom()
    {
        _fillsMagazines = false;
        try
        {
            VisitSegments(PagesWithinAllocation);
        }
        finally
        {
            _fillsMagazines = true;
        }
    }

    /// <summary>Removes one of the segments of a thread that has ended. Returns null if it has none.</summary>
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

    /// <summary>Takes a segment over from another thread's heap. Returns null, or the reason why it cannot.</summary>
    /// <param name="segment">One that its owner has given up.</param>
    /// <param name="looks">
    /// True to take back what is pending in it, so that its room is used before another segment is adopted.
    /// </param>
    public string? Adopt(Segment* segment, bool looks)
    {
        if (Enter(segment) is { } why)
            return why;
        RemoteFrees.TakeOver<ManyThreads>((ulong*)&segment->Owner, FastPath.SignalsOf(Fast));
        var mostPages = int.MaxValue;
        _fillsMagazines = false;
        if (looks && _blocks.LowerFlag(segment))
            VisitPages(segment, ref mostPages, ref _foundTwice);
        _fillsMagazines = true;
        for (var sizeClass = 0; sizeClass < SizeClasses.FirstExtent; sizeClass++)
        {
            if (looks)
                _segments.RemoveEmptySlabs(segment, sizeClass, within: default);
            if (segment->HasAvailable(sizeClass))
                _segments.MakeAvailable(segment, sizeClass);
        }
        return null;
    }

    // Throws for a place that would be handed out again, although another thread has freed it as well.
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
            // Bottom-up, in the order of a remote free.
            ManyThreads.Or(word, pages);
            _blocks.RaiseFlag(segment);
            return;
        }
    }

    private void TakePage(Segment* segment, int page, ref nuint twice)
    {
        Span<ulong> taken = stackalloc ulong[Segment.SlabPageGranules / 64];
        var twiceFreed = -1;
        // Places that were freed twice are free as well; they could not be allocated meanwhile.
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
