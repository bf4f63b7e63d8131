namespace Arena.Pools;

// Decides whether segments that were read from a stream are ones that this code can have made.
internal sealed unsafe partial class RelocationSpace
{
    /// <summary>Null, or why the segments cannot be right, their blocks apart.</summary>
    public string? WhyContradictory()
    {
        var lengths = Math.Min(Math.Min(_bases.Length, _used.Length), Math.Min(_gaps.Length, _storedPages.Length));
        if (Count < 0 || Count > Math.Min(lengths, _settled.Length))
            return $"it has {Count} segments";
        var (used, stored) = (0L, 0L);
        for (var position = 0; position < Count; position++)
        {
            if (!IsRight(position))
                return $"it has no segment at 0x{_bases[position]:x}";
            used += _used[position];
            stored += _storedPages[position];
        }
        if (used != UsedGranules || (nuint)(stored * _pageBytes) != CommittedBytes)
            return "its segments have other counts";
        return HasRightGap() && HasRightRoles() ? null : "the segments that it works in are none";
    }

    /// <summary>Returns whether bytes lie in used granules of a segment that was looked at.</summary>
    public bool IsUsed(nuint address, nuint byteCount)
    {
        var position = SegmentAround(address);
        var offset = address & ((nuint)SegmentBytes - 1);
        if (position < 0 || offset % RelocatableBlock.GranuleBytes != 0 || offset + byteCount > (nuint)SegmentBytes)
            return false;
        var first = (int)(offset / RelocatableBlock.GranuleBytes) - 1;
        var end = first + RelocatableBlock.Granules((uint)byteCount);
        return first >= FirstGranule && end <= GranuleEnd
            && BitRuns.FirstClear(UsedBits(Base(position)), first, end) == end;
    }

    /// <summary>Counts the blocks of a segment; false if they are not what its used granules say.</summary>
    public bool TryCount(int position, bool isTable, RelocatedBlocks found)
    {
        found.Segments++;
        var bits = UsedBits(Base(position));
        for (var granule = BitRuns.FirstSet(bits, FirstGranule, GranuleEnd); granule < GranuleEnd;)
        {
            var block = BlockAt(position, granule);
            var end = granule + GranulesOf(block);
            if (end - granule > MostGranules || end > GranuleEnd || BitRuns.FirstClear(bits, granule, end) < end
                || !found.TryAdd(block, isTable, block->SmallLength))
                return false;
            granule = BitRuns.FirstSet(bits, end, GranuleEnd);
        }
        return true;
    }

    // A segment is a block of the arena, knows its position, and has storage where granules are used.
    private bool IsRight(int position)
    {
        var segment = Base(position);
        if (!_owner.Arena.IsBlock(segment, _owner.OwnerToken, out var block) || block.ByteCount != (nuint)SegmentBytes
            || (nuint)segment % (nuint)SegmentBytes != 0 || !_owner.Arena.HasStorage(segment, (nuint)HeadBytes)
            || *PositionIn(segment) != position)
            return false;
        var (pages, known) = (SegmentBytes / _pageBytes, 0);
        for (var page = 0; page < pages; page++)
        {
            if ((StoredBits(segment)[page >> 6] >> page & 1) == 0)
                continue;
            known++;
            if (!_owner.Arena.HasStorage(segment + (nint)page * _pageBytes, (nuint)_pageBytes))
                return false;
        }
        var headPages = (HeadBytes + _pageBytes - 1) / _pageBytes;
        return known == _storedPages[position] && BitRuns.FirstClear(StoredBits(segment), 0, headPages) == headPages
            && BitRuns.CountSet(UsedBits(segment), FirstGranule, GranuleEnd) == _used[position]
            && IsUsedStored(position);
    }

    private bool IsUsedStored(int position)
    {
        var bits = UsedBits(Base(position));
        for (var first = BitRuns.FirstSet(bits, FirstGranule, GranuleEnd); first < GranuleEnd;)
        {
            var end = BitRuns.FirstClear(bits, first, GranuleEnd);
            if (!IsStored(position, first, end))
                return false;
            first = BitRuns.FirstSet(bits, end, GranuleEnd);
        }
        return true;
    }

    // The current gap is free granules with storage.
    private bool HasRightGap()
    {
        if (_current == -1)
            return _cursor == null && _limit == null;
        if ((uint)_current >= (uint)Count)
            return false;
        var segment = Base(_current);
        var (from, to) = ((nuint)(_cursor - segment), (nuint)(_limit - segment));
        if (from > to || to >= (nuint)SegmentBytes
            || from % RelocatableBlock.GranuleBytes != RelocatableBlock.HeaderBytes
            || to % RelocatableBlock.GranuleBytes != RelocatableBlock.HeaderBytes)
            return false;
        var first = (int)(from / RelocatableBlock.GranuleBytes);
        var end = (int)(to / RelocatableBlock.GranuleBytes);
        return first >= FirstGranule && end <= GranuleEnd
            && (first == end || IsStored(_current, first, end))
            && BitRuns.FirstSet(UsedBits(segment), first, end) == end;
    }

    private bool HasRightRoles() =>
        _victim >= -1 && _victim < Count && _target >= -1 && _target < Count
        && (_victim < 0
            || (_victim != _target && VictimTrimmed >= FirstGranule && VictimTrimmed <= GranuleEnd
                && _current != _victim && _gaps[_victim] == Closed));
}
