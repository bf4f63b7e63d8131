namespace Arena.Pools;

// The state that a history saves, and which bytes of a segment's pages live: read from the bits of used granules and
// from the headers of blocks, a page at a time.
internal sealed unsafe partial class RelocationSpace
{
    private const ulong SegmentOutline = 2;

    // The last block that was found at the beginning of a page, while nothing changes.
    private RelocatableBlock* _found;

    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        Count = state.Keep(Count);
        state.Keep(ref _bases, Count);
        state.Keep(ref _used, Count);
        state.Keep(ref _gaps, Count);
        state.Keep(ref _storedPages, Count);
        state.Keep(ref _settled, Count);
        UsedGranules = state.Keep(UsedGranules);
        CommittedBytes = state.Keep(CommittedBytes);
        _cursor = (byte*)state.Keep((nuint)_cursor);
        _limit = (byte*)state.Keep((nuint)_limit);
        _current = state.Keep(_current);
        _victim = state.Keep(_victim);
        _target = state.Keep(_target);
        IsTargetPacked = state.Keep(IsTargetPacked);
        VictimTrimmed = state.Keep(VictimTrimmed);
        _found = null;
    }

    /// <summary>Returns which segment an address lies in, or -1.</summary>
    public int SegmentAround(nuint address) =>
        _bases.AsSpan(0, Count).IndexOf(address & ~((nuint)SegmentBytes - 1));

    /// <summary>Gives the outlines of a segment's pages, where something may have changed.</summary>
    public void GiveOutlines(int position, RelocationTable table, ILiveOutlines outlines)
    {
        var segment = Base(position);
        var end = segment + SegmentBytes;
        // What was here at the last save need not have been this segment.
        var isAll = outlines.Set(segment, OutlineOf(position, segment, table, outlines.PageBytes))
            || outlines.MayDiffer(segment, segment + HeadBytes);
        // A page's outline depends on the last block that begins before it.
        var reach = isAll ? end : segment;
        for (var page = segment; page < end; page += outlines.PageBytes)
        {
            if (page < reach)
                outlines.Set(page, OutlineOf(position, page, table, outlines.PageBytes));
            if (!isAll && outlines.MayDiffer(page, page + outlines.PageBytes))
                reach = page + outlines.PageBytes + MostGranules * RelocatableBlock.GranuleBytes;
        }
    }

    /// <summary>Shows what lives in a part of a segment, and perhaps begins before.</summary>
    public void WalkPart(IMemoryVisitor visitor, int position, RelocationTable table, nuint from, nuint end)
    {
        var bits = UsedBits(Base(position));
        var granuleEnd = Math.Min(GranuleEnd, GranuleAt(position, end));
        var granule = GranuleAt(position, from);
        var before = BlockBefore(position, granule, table);
        if (before != null)
        {
            Show(visitor, before);
            granule = Math.Max(granule, GranuleOf(before) + GranulesOf(before));
        }
        for (granule = BitRuns.FirstSet(bits, Math.Max(granule, FirstGranule), granuleEnd); granule < granuleEnd;)
        {
            var block = BlockAt(position, granule);
            Show(visitor, block);
            granule = BitRuns.FirstSet(bits, granule + GranulesOf(block), granuleEnd);
        }
    }

    private static void Show(IMemoryVisitor visitor, RelocatableBlock* block) =>
        visitor.Live((nuint)RelocatableBlock.Contents(block), block->SmallLength);

    // Which granules are used, and where the block ends that begins before. The headers of other blocks lie in the page
    // itself.
    private ulong OutlineOf(int position, byte* page, RelocationTable table, nuint pageBytes)
    {
        var bits = UsedBits(Base(position));
        var first = GranuleAt(position, (nuint)page);
        var end = Math.Min(GranuleEnd, GranuleAt(position, (nuint)page + pageBytes));
        var before = BlockBefore(position, first, table);
        var outline = Outline.With(
            SegmentOutline, before == null ? 0 : (nuint)RelocatableBlock.Contents(before) + before->SmallLength);
        for (var word = first >> 6; word << 6 < end; word++)
        {
            var used = bits[word];
            if (word << 6 < first)
                used &= ulong.MaxValue << first;
            outline = Outline.With(outline, used);
        }
        return outline;
    }

    // The first granule that begins at an address or behind it.
    private int GranuleAt(int position, nuint address)
    {
        var offset = address - (nuint)Base(position);
        return offset < RelocatableBlock.HeaderBytes ? 0
            : (int)((offset - RelocatableBlock.HeaderBytes + RelocatableBlock.GranuleBytes - 1)
                / RelocatableBlock.GranuleBytes);
    }

    // The block that uses the granule before this one, or null. What looks like a header may be contents, but the table
    // knows where blocks begin.
    private RelocatableBlock* BlockBefore(int position, int granule, RelocationTable table)
    {
        if (_found != null && BaseOf(_found) == Base(position) && GranuleOf(_found) < granule
            && GranuleOf(_found) + GranulesOf(_found) >= granule)
            return _found;
        var bits = UsedBits(Base(position));
        for (var at = granule - 1; at >= FirstGranule && BitRuns.FirstSet(bits, at, at + 1) == at; at--)
        {
            var block = BlockAt(position, at);
            if (at + GranulesOf(block) >= granule && table.Knows(block))
                return _found = block;
        }
        return null;
    }
}
