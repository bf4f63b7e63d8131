using System.Runtime.CompilerServices;

namespace Arena.Pools;

// The storage of pages, and the segments that are being emptied and filled.
internal sealed unsafe partial class RelocationSpace
{
    // Replaces the length of the longest gap in a segment that is being emptied, so that no new block goes there.
    private const int Closed = -1;

    private int _victim = -1;
    private int _target = -1;

    /// <summary>The segment that is being emptied, or -1. New blocks do not go there.</summary>
    public int Victim
    {
        get => _victim;
        set
        {
            AbandonVictim();
            _victim = value;
            if (value < 0)
                return;
            if (_current == value)
                CloseGap();
            _gaps[value] = Closed;
            VictimTrimmed = FirstGranule;
        }
    }

    /// <summary>The granule up to which the free pages of the victim have gone back.</summary>
    public int VictimTrimmed { get; set; }

    /// <summary>The segment that is being filled from others, or -1.</summary>
    public int Target
    {
        get => _target;
        set
        {
            _target = value;
            IsTargetPacked = value >= 0 && IsSettled(value);
        }
    }

    /// <summary>
    /// True if all room of the target was at its end when it became one. What is freed in it later is not worth packing
    /// it again for each victim: half of its blocks would move each time.
    /// </summary>
    public bool IsTargetPacked { get; set; }

    /// <summary>Returns the bytes of a segment that have storage and are not in use.</summary>
    public int GainOf(int position) =>
        _storedPages[position] * _pageBytes - HeadBytes - _used[position] * RelocatableBlock.GranuleBytes;

    /// <summary>The sum of <see cref="GainOf"/> over all segments.</summary>
    public nuint GainableBytes =>
        CommittedBytes - (nuint)UsedGranules * RelocatableBlock.GranuleBytes - (nuint)Count * (nuint)HeadBytes;

    public bool IsSettled(int position) => _settled[position];

    /// <summary>Records that nothing can be gained in a segment until something in it changes.</summary>
    public void Settle(int position) => _settled[position] = true;

    /// <summary>Records that a block that could not move can move now.</summary>
    public void Unsettle(RelocatableBlock* block) => _settled[PositionOf(block)] = false;

    /// <summary>Lets every segment be examined again.</summary>
    public void UnsettleAll() => _settled.AsSpan(0, Count).Clear();

    /// <summary>Lets the segment that is being emptied take new blocks again.</summary>
    public void AbandonVictim()
    {
        if (_victim >= 0)
            _gaps[_victim] = GranuleEnd - FirstGranule - _used[_victim];
        _victim = -1;
    }

    /// <summary>Moves a block to granules that are free, or that overlap its own from below.</summary>
    /// <returns>True if there is storage for it there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryMove(RelocatableBlock* block, int position, int granule)
    {
        var granules = GranulesOf(block);
        if (position == _current)
            CloseGap();
        if (Store(position, granule, granule + granules) is not null)
            return false;
        var (from, first) = (PositionOf(block), GranuleOf(block));
        var to = BlockAt(position, granule);
        var bytes = granules * RelocatableBlock.GranuleBytes;
        // The last granule of a segment is 8 bytes short, because it ends with the segment.
        Buffer.MemoryCopy(block, to, bytes, RelocatableBlock.HeaderBytes + block->SmallLength);
        BitRuns.Clear(UsedBits(Base(from)), first, first + granules);
        _used[from] -= granules;
        UsedGranules -= granules;
        Mark(position, granule, granules);
        // The gap behind it and the place that it leaves may be one gap now.
        if (_gaps[from] != Closed)
            _gaps[from] = GranuleEnd - FirstGranule - _used[from];
        return true;
    }

    /// <summary>Gives the storage of a segment's free pages back, and the segment itself if it is empty.</summary>
    /// <returns>Bytes that went back to the OS.</returns>
    public nuint Trim(int position)
    {
        if (position == _current)
            CloseGap();
        return _used[position] == 0
            ? Remove(position, decommit: true)
            : Trim(position, FirstGranule, GranuleEnd);
    }

    /// <summary>Gives the storage of free pages in a part of a segment back that is not the current gap.</summary>
    /// <returns>Bytes that went back to the OS.</returns>
    public nuint Trim(int position, int from, int granuleEnd)
    {
        var bits = UsedBits(Base(position));
        nuint givenBack = 0;
        for (var first = BitRuns.FirstClear(bits, from, granuleEnd); first < granuleEnd;)
        {
            var end = BitRuns.FirstSet(bits, first, granuleEnd);
            givenBack += Unstore(position, first, end);
            first = BitRuns.FirstClear(bits, end, granuleEnd);
        }
        return givenBack;
    }

    /// <summary>Trims every segment.</summary>
    public nuint TrimAll()
    {
        nuint givenBack = 0;
        for (var position = Count - 1; position >= 0; position--)
            givenBack += Trim(position);
        return givenBack;
    }

    /// <summary>Counts the runs of free granules, and the bytes of the longest one.</summary>
    public (int Count, nuint LargestBytes) CountHoles()
    {
        var (count, largest) = (0, 0);
        for (var position = 0; position < Count; position++)
        {
            var bits = UsedBits(Base(position));
            for (var first = BitRuns.FirstClear(bits, FirstGranule, GranuleEnd); first < GranuleEnd;)
            {
                var end = BitRuns.FirstSet(bits, first, GranuleEnd);
                largest = Math.Max(largest, end - first);
                count++;
                first = BitRuns.FirstClear(bits, end, GranuleEnd);
            }
        }
        return (count, (nuint)(largest * RelocatableBlock.GranuleBytes));
    }

    private int FirstPage(int granule) =>
        (RelocatableBlock.HeaderBytes + granule * RelocatableBlock.GranuleBytes) / _pageBytes;

    private int PageEnd(int granuleEnd) =>
        (RelocatableBlock.HeaderBytes + granuleEnd * RelocatableBlock.GranuleBytes + _pageBytes - 1) / _pageBytes;

    private bool IsStored(int position, int first, int end)
    {
        var pageEnd = PageEnd(end);
        return BitRuns.FirstClear(StoredBits(Base(position)), FirstPage(first), pageEnd) == pageEnd;
    }

    // Gives granules storage. Returns null, or the reason why it cannot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private string? Store(int position, int first, int end)
    {
        if (IsStored(position, first, end))
            return null;
        var segment = Base(position);
        var (page, pageEnd) = (FirstPage(first), PageEnd(end));
        page = BitRuns.FirstClear(StoredBits(segment), page, pageEnd);
        var why = _owner.Arena.Commit(
            segment + (nint)page * _pageBytes, (nuint)(pageEnd - page) * (nuint)_pageBytes, _owner.OwnerToken, out _);
        if (why is not null)
            return why;
        for (; page < pageEnd; page = BitRuns.FirstClear(StoredBits(segment), page, pageEnd))
        {
            var runEnd = BitRuns.FirstSet(StoredBits(segment), page, pageEnd);
            BitRuns.Set(StoredBits(segment), page, runEnd);
            _storedPages[position] += runEnd - page;
            CommittedBytes += (nuint)((runEnd - page) * _pageBytes);
        }
        return null;
    }

    // Gives back the pages that lie within free granules, also those that were committed before this heap took the
    // segment.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private nuint Unstore(int position, int first, int end)
    {
        var page = PageEnd(first);
        var pageEnd = end == GranuleEnd ? SegmentBytes / _pageBytes : FirstPage(end);
        if (page >= pageEnd)
            return 0;
        var segment = Base(position);
        var givenBack = _owner.Arena.Decommit(
            segment + (nint)page * _pageBytes, (nuint)(pageEnd - page) * (nuint)_pageBytes, _owner.OwnerToken);
        var stored = StoredBits(segment);
        var known = 0;
        for (var at = BitRuns.FirstSet(stored, page, pageEnd); at < pageEnd;)
        {
            var runEnd = BitRuns.FirstClear(stored, at, pageEnd);
            known += runEnd - at;
            at = BitRuns.FirstSet(stored, runEnd, pageEnd);
        }
        // Pages that the OS refuses to take stay committed in the arena, so the next block there commits them at no
        // cost.
        BitRuns.Clear(stored, page, pageEnd);
        _storedPages[position] -= known;
        CommittedBytes -= (nuint)(known * _pageBytes);
        return givenBack;
    }
}
