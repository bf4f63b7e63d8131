namespace Arena.Pools;

// Gives memory back: all of it at once, or a little of what was idle for a while.
internal sealed unsafe partial class ThreadHeap
{
    // The fewest steps in a round over all segments. A step looks at one segment, so with more of them a round is
    // longer.
    private const int LeastStepsPerRound = 64;

    // A step looks at this many classes, or at a part of one that has many slabs.
    private const int ClassesPerStep = SizeClasses.Count / LeastStepsPerRound;

    // Each run of pages is one call to the OS.
    private const int MostRunsPerStep = 4;

    // On some systems, pages of the OS are larger than slab pages.
    private int OsPagePages => (int)Arena.OsPageBytes / Segment.SlabPageBytes;

    private int _step;
    private ReclaimCursor _idleCursor;

    // The fewest bytes that the arena kept during this round, and the bytes of the round before that are still to be
    // given back.
    private nuint _leastKeptBytes;
    private nuint _idleKeptBytes;

    /// <summary>Gives the storage of everything that is not live back to the OS.</summary>
    /// <returns>Bytes given back.</returns>
    public nuint Trim()
    {
        var givenBack = TrimSegments();
        // By now, freed blocks are free pages of the arena.
        return givenBack + _blocks.Arena.Trim();
    }

    /// <summary>Gives back everything of this heap that is not live, including empty segments and magazines.</summary>
    /// <returns>True if there was anything.</returns>
    public bool TryGiveBack()
    {
        var segments = _segments.Length;
        return TrimSegments() != 0 || _segments.Length != segments;
    }

    /// <summary>Trims if another thread asked for it.</summary>
    public void TrimIfAsked()
    {
        if (!RemoteFrees.Lower<ManyThreads>(FastPath.SignalsOf(Fast), FastPath.Asked))
            return;
        TakePending();
        Trim();
    }

    private nuint TrimSegments()
    {
        Reclaim();
        nuint givenBack = 0;
        for (var i = _segments.Length - 1; i >= 0; i--)
            givenBack += TrimSegment(_segments[i]);
        if (_segments.Length == 0)
            givenBack += _magazines.GiveBackStores();
        ResetReclaim();
        return givenBack;
    }

    /// <summary>
    /// Gives back pages that were idle for a whole round of steps. A step looks at a few magazines and segments, so
    /// that its cost is small.
    /// </summary>
    /// <param name="mostPages">
    /// The most pages of 4 KiB to give back, but at least one page of the OS, or 0 for none.
    /// </param>
    /// <returns>Bytes given back.</returns>
    public nuint TrimStep(int mostPages)
    {
        AssertOwnerCall();
        var left = new StepLimit
        {
            Pages = mostPages > 0 ? Math.Max(mostPages, OsPagePages) : 0,
            Runs = MostRunsPerStep,
        };
        ReclaimIdle();
        var step = _step;
        _step = step + 1 < Math.Max(LeastStepsPerRound, _segments.Length) ? step + 1 : 0;
        var givenBack = step < _segments.Length ? TrimIdle(_segments[step], ref left) : 0;
        Validate();
        return givenBack + TrimIdleBlocks(step, left);
    }

    // Pages that the arena kept through a whole round of steps are not needed; they are mostly freed blocks of this
    // heap.
    private nuint TrimIdleBlocks(int step, StepLimit left)
    {
        var keptBytes = _blocks.Arena.KeptBytes;
        _leastKeptBytes = nuint.Min(_leastKeptBytes, keptBytes);
        if (step == 0)
        {
            _idleKeptBytes = _leastKeptBytes;
            _leastKeptBytes = keptBytes;
        }
        var bytes = nuint.Min(_idleKeptBytes, (nuint)left.Pages * Segment.SlabPageBytes);
        var pages = (int)(bytes / Arena.OsPageBytes);
        if (pages == 0 || left.Runs == 0)
            return 0;
        var givenBack = Arena.TrimStep(pages, left.Runs);
        _idleKeptBytes -= nuint.Min(givenBack, _idleKeptBytes);
        _leastKeptBytes -= nuint.Min(givenBack, _leastKeptBytes);
        return givenBack;
    }

    // Reclaims classes whose magazines were neither filled nor emptied since the last round.
    private void ReclaimIdle()
    {
        var work = MostWork;
        for (var i = 0; i < ClassesPerStep && work > 0; i++)
        {
            var sizeClass = _idleCursor.SizeClass;
            if (_idleCursor.Place == 0 && _magazines.TakeActivity(sizeClass))
                _idleCursor.SizeClass++;
            else
                ReclaimClass(ref _idleCursor, ref work);
            if (_idleCursor.SizeClass == SizeClasses.Count)
                _idleCursor = default;
        }
    }

    private nuint TrimIdle(Segment* segment, ref StepLimit left)
    {
        nuint givenBack = 0;
        var granule = 0;
        while (segment->NextGap(ref granule, out var start, out var end))
        {
            var page = Segment.EndPage(start);
            var endPage = end / Segment.SlabPageGranules;
            while (left.Runs > 0 && segment->NextIdleRun(ref page, endPage, out var first, out var runEnd))
            {
                // Only whole pages of the OS go back; a run without one costs no call.
                first = NextOsPage(first);
                runEnd = first + (Math.Min(runEnd - first, left.Pages) & -OsPagePages);
                if (first >= runEnd)
                    continue;
                left.Runs--;
                left.Pages -= runEnd - first;
                givenBack += Decommit(segment, first, runEnd);
            }
        }
        // The last one stays, or a heap that shrinks and grows would give it back and take it all the time.
        var isBare = segment->IsEmpty && segment->CommittedPages == _blocks.HeaderPageCount;
        if (!isBare || _segments.Length == 1 || left.Runs == 0)
            return givenBack;
        left.Runs--;
        return givenBack + RemoveSegment(segment);
    }

    private nuint TrimSegment(Segment* segment)
    {
        if (segment->IsEmpty)
            return RemoveSegment(segment);
        nuint givenBack = 0;
        var granule = 0;
        while (segment->NextGap(ref granule, out var start, out var end))
        {
            // Only pages that lie entirely in a gap go back.
            var endPage = end / Segment.SlabPageGranules;
            for (var page = segment->FirstPage(Segment.EndPage(start), endPage, true); page < endPage;)
            {
                var runEnd = segment->FirstPage(page, endPage, false);
                givenBack += Decommit(segment, page, runEnd);
                page = segment->FirstPage(runEnd, endPage, true);
            }
        }
        return givenBack;
    }

    private nuint RemoveSegment(Segment* segment)
    {
        Forget(segment);
        return _blocks.Remove(segment);
    }

    private int NextOsPage(int page) => (int)Align.Up((nuint)page, (nuint)OsPagePages);

    private nuint Decommit(Segment* segment, int first, int end)
    {
        // On systems with larger pages, whole system pages are given back.
        first = NextOsPage(first);
        end &= -OsPagePages;
        if (first >= end)
            return 0;
        var bytes = (nuint)(end - first) * Segment.SlabPageBytes;
        var givenBack = _blocks.Decommit((byte*)segment + (nint)first * Segment.SlabPageBytes, bytes);
        // Pages that the OS refuses to take stay usable.
        if (givenBack != bytes)
            return 0;
        segment->SetCommitted(first, end, false);
        CommittedInSegments -= givenBack;
        return givenBack;
    }

    /// <summary>The work that a step may still do.</summary>
    private struct StepLimit
    {
        public int Pages;
        public int Runs;
    }
}
