namespace Arena.Pools;

// How memory goes back: all of it at once, or a little of what was idle for a while.
internal sealed unsafe partial class HeapCore
{
    // A round over all classes and segments takes so many steps.
    private const int StepsPerRound = 64;

    // Each run of pages is a call to the OS.
    private const int MostRunsPerStep = 4;

    // Pages of the OS are larger than a heap's on some systems.
    private static int OsPagePages => (int)PageArena.PageBytes / Segment.PageBytes;

    private int _step;

    // The least that the arena kept during this round, and what of it is left to give back from the round before.
    private nuint _leastKeptBytes;
    private nuint _idleKeptBytes;

    /// <summary>Gives the storage of everything that is not live back to the OS.</summary>
    /// <returns>Bytes given back.</returns>
    public nuint Trim()
    {
        var givenBack = TrimSegments();
        // Freed blocks of the arena are the arena's free pages by now.
        return givenBack + _space.Arena.Trim();
    }

    /// <summary>The same of what is this heap's, empty segments and magazines too.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool TryGiveBack()
    {
        var segments = _segments.Length;
        return TrimSegments() != 0 || _segments.Length != segments;
    }

    /// <summary>Trims if another thread asked for it.</summary>
    public void TrimIfAsked()
    {
        if (!PendingFrees.Lower<ManyThreads>(HotHeap.SignalsOf(Hot), HotHeap.Asked))
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
    /// Gives back pages that were idle for a whole round of steps: from a few magazines and segments a step, so that
    /// each costs little.
    /// </summary>
    /// <param name="mostPages">Pages of 4 KiB at most, but never less than a page of the OS, or 0 for none.</param>
    /// <returns>Bytes given back.</returns>
    public nuint TrimStep(int mostPages)
    {
        if (mostPages > 0)
            mostPages = Math.Max(mostPages, OsPagePages);
        var step = _step++ % StepsPerRound;
        for (var sizeClass = step; sizeClass < SizeClasses.Count; sizeClass += StepsPerRound)
            ReclaimIdle(sizeClass);
        nuint givenBack = 0;
        for (var i = _segments.Length - 1; i >= 0; i--)
        {
            var segment = _segments[i];
            if (i % StepsPerRound != step)
                continue;
            givenBack += TrimIdle(segment, mostPages - (int)(givenBack / Segment.PageBytes));
        }
        Validate();
        return givenBack + TrimIdleBlocks(step, mostPages - (int)(givenBack / Segment.PageBytes));
    }

    // What the arena kept through a whole round of steps is needed by no one: mostly freed blocks of this heap.
    private nuint TrimIdleBlocks(int step, int mostPages)
    {
        var keptBytes = _space.Arena.KeptBytes;
        _leastKeptBytes = nuint.Min(_leastKeptBytes, keptBytes);
        if (step == 0)
        {
            _idleKeptBytes = _leastKeptBytes;
            _leastKeptBytes = keptBytes;
        }
        var bytes = nuint.Min(_idleKeptBytes, (nuint)Math.Max(0, mostPages) * Segment.PageBytes);
        var pages = (int)(bytes / PageArena.PageBytes);
        if (pages == 0)
            return 0;
        var givenBack = _space.Arena.TrimStep(pages, MostRunsPerStep);
        _idleKeptBytes -= nuint.Min(givenBack, _idleKeptBytes);
        _leastKeptBytes -= nuint.Min(givenBack, _leastKeptBytes);
        return givenBack;
    }

    // A class whose magazine was neither filled nor emptied since the last round.
    private void ReclaimIdle(int sizeClass)
    {
        if (_magazines.TakeActivity(sizeClass))
            return;
        ReturnOldest(sizeClass, _magazines.CountOf(sizeClass));
        if (sizeClass < SizeClasses.FirstExtent)
            _segments.RemoveEmptySlabs(sizeClass);
    }

    private nuint TrimIdle(Segment* segment, int mostPages)
    {
        nuint givenBack = 0;
        var runs = 0;
        var granule = 0;
        while (segment->NextGap(ref granule, out var start, out var end))
        {
            var page = Segment.EndPage(start);
            var endPage = end / Segment.PageGranules;
            while (runs < MostRunsPerStep && mostPages > 0
                && segment->NextIdleRun(ref page, endPage, out var first, out var runEnd))
            {
                first = NextOsPage(first);
                var bytes = Decommit(segment, first, first + Math.Min(runEnd - first, mostPages));
                givenBack += bytes;
                mostPages -= (int)(bytes / Segment.PageBytes);
                runs++;
            }
        }
        // The last one stays, or a heap that breathes would take and give it all the time.
        var isBare = segment->IsEmpty && segment->CommittedPages == _space.HeaderPageCount;
        return isBare && _segments.Length > 1 ? givenBack + RemoveSegment(segment) : givenBack;
    }

    private nuint TrimSegment(Segment* segment)
    {
        if (segment->IsEmpty)
            return RemoveSegment(segment);
        nuint givenBack = 0;
        var granule = 0;
        while (segment->NextGap(ref granule, out var start, out var end))
        {
            // Only pages that lie in a gap as a whole.
            var endPage = end / Segment.PageGranules;
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
        return _space.Remove(segment);
    }

    private static int NextOsPage(int page) => (int)PageMap.RoundUp((nuint)page, (nuint)OsPagePages);

    private nuint Decommit(Segment* segment, int first, int end)
    {
        // Systems with larger pages give those back.
        first = NextOsPage(first);
        end &= -OsPagePages;
        if (first >= end)
            return 0;
        var bytes = (nuint)(end - first) * Segment.PageBytes;
        var givenBack = _space.Decommit((byte*)segment + (nint)first * Segment.PageBytes, bytes);
        // What the OS refuses stays usable.
        if (givenBack != bytes)
            return 0;
        segment->SetCommitted(first, end, false);
        SegmentBytes -= givenBack;
        return givenBack;
    }
}
