namespace Arena.Pools;

/// <summary>
/// The segments of one thread's heap in address order, each with a row of what a search needs: which classes have slabs
/// with free slots, and bounds on its gaps. The rows lie beside the segments, so that a search reads a few lines and
/// not all headers, and every 64 rows are summed up in one more, so that it skips most of these lines.
/// </summary>
internal sealed unsafe class SegmentList : IKeepsState
{
    private const int ChunkShift = 6;

    private Row[] _rows = new Row[4];
    private Bounds[] _chunks = new Bounds[1];

    public int Length { get; private set; }

    /// <summary>The number of rows and chunks that searches looked at, for tests.</summary>
    public long Steps { get; private set; }

    public Segment* this[int index] => _rows[index].Segment;

    public void Add(Segment* segment)
    {
        if (Length == _rows.Length)
        {
            Array.Resize(ref _rows, 2 * Length);
            Array.Resize(ref _chunks, ((2 * Length) >> ChunkShift) + 1);
        }
        var index = Length++;
        for (; index > 0 && _rows[index - 1].Segment > segment; index--)
            Move(index - 1, index);
        _rows[index] = new Row { Segment = segment, Bounds = GapsOf(segment) };
        segment->Index = index;
        SumFrom(index);
    }

    public void Remove(Segment* segment)
    {
        Length--;
        for (var index = segment->Index; index < Length; index++)
            Move(index + 1, index);
        SumFrom(segment->Index);
    }

    public void MakeAvailable(Segment* segment, int sizeClass) =>
        Raise(segment, new Bounds { AvailableClasses = 1u << sizeClass });

    /// <summary>The chunk keeps its bit until a search in vain finds that it is wrong.</summary>
    public void MakeUnavailable(Segment* segment, int sizeClass) =>
        _rows[segment->Index].Bounds.AvailableClasses &= ~(1u << sizeClass);

    /// <summary>Records that a gap of the segment has grown to this many granules.</summary>
    public void RaiseGapBound(Segment* segment, int granules)
    {
        var gaps = GapsOf(segment, granules);
        if (!_rows[segment->Index].Bounds.Cover(gaps))
            Raise(segment, gaps);
    }

    /// <summary>
    /// Turns the slabs of a class without a live slot into gaps, until the work is spent. The class's magazine must be
    /// empty.
    /// </summary>
    /// <param name="sizeClass">The class.</param>
    /// <param name="place">Words of pages that were looked at before, over all segments.</param>
    /// <param name="work">The work left: 1 for each row, word and slab, more for each slab that is removed.</param>
    /// <param name="workOfGap">The work of removing a slab.</param>
    /// <returns>True if it has looked at all segments.</returns>
    public bool RemoveEmptySlabs(int sizeClass, ref int place, ref int work, int workOfGap)
    {
        for (; place < Length * Segment.SlabPageWords && work > 0; place++)
        {
            var index = place / Segment.SlabPageWords;
            var word = place % Segment.SlabPageWords;
            work--;
            if ((_rows[index].Bounds.AvailableClasses >> sizeClass & 1) == 0)
            {
                place += Segment.SlabPageWords - 1 - word;
                continue;
            }
            var segment = _rows[index].Segment;
            var longest = segment->RemoveEmptySlabs(sizeClass, word, within: default, out var seen, out var removed);
            work -= seen + removed * workOfGap;
            if (removed > 0)
                Removed(segment, sizeClass, longest);
        }
        return place >= Length * Segment.SlabPageWords;
    }

    /// <summary>Turns the slabs of a class without a live slot into gaps, in some pages of one segment.</summary>
    public void RemoveEmptySlabs(Segment* segment, int sizeClass, ReadOnlySpan<ulong> within)
    {
        for (var word = 0; word < Segment.SlabPageWords; word++)
            Removed(segment, sizeClass, segment->RemoveEmptySlabs(sizeClass, word, within, out _, out _));
    }

    /// <summary>Returns the lowest segment that may have a slab of a class with free slots, or null.</summary>
    public Segment* FirstAvailable(int sizeClass)
    {
        var index = Next(0, new Bounds { AvailableClasses = 1u << sizeClass });
        return index < Length ? _rows[index].Segment : null;
    }

    /// <summary>Finds a low gap of at least this many granules: its segment and its place.</summary>
    public bool FindGap(int granules, int alignment, bool committedOnly, out Segment* segment, out int place)
    {
        var wanted = new Bounds
        {
            LongestGap = granules,
            SlabPlaces = Math.Min(granules, alignment) < Segment.SlabPageGranules ? 0
                : Math.Min(granules, alignment) < 2 * Segment.SlabPageGranules ? SlabPlaces.Page : SlabPlaces.Pair,
        };
        if (alignment > 1 && wanted.SlabPlaces == 0 && !committedOnly
            && FindWide(granules, alignment, out segment, out place))
            return true;
        for (var index = Next(0, wanted); index < Length; index = Next(index + 1, wanted))
        {
            segment = _rows[index].Segment;
            place = segment->FindGap(granules, alignment, committedOnly);
            if (place >= 0)
                return true;
            Lower(index);
        }
        segment = null;
        place = -1;
        return false;
    }

    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        Length = state.Keep(Length);
        state.Keep(ref _rows, _rows.Length);
        state.Keep(ref _chunks, _chunks.Length);
    }

    // Finds a place at a large alignment. No bound covers these, so each segment with gaps of that length might have to
    // be searched. The first search is for a gap that has an aligned place wherever it begins.
    private bool FindWide(int granules, int alignment, out Segment* segment, out int place)
    {
        var wide = new Bounds { LongestGap = granules + alignment - 1 };
        for (var index = Next(0, wide); index < Length; index = Next(index + 1, wide))
        {
            segment = _rows[index].Segment;
            place = segment->HasGap(wide.LongestGap) ? segment->FindGap(granules, alignment, committedOnly: false) : -1;
            if (place >= 0)
                return true;
            Lower(index);
        }
        segment = null;
        place = -1;
        return false;
    }

    // Lowers a row to what the segment knows now.
    private void Lower(int index)
    {
        ref var row = ref _rows[index];
        row.Bounds = GapsOf(row.Segment) with { AvailableClasses = row.Bounds.AvailableClasses };
        // The search continues in the next chunk.
        if (((index + 1) & ((1 << ChunkShift) - 1)) == 0)
            Sum(index >> ChunkShift);
    }

    // Returns the first row from an index on whose bounds allow the request; Length if there is none.
    private int Next(int index, Bounds wanted)
    {
        while (index < Length)
        {
            Steps++;
            var chunk = index >> ChunkShift;
            var end = Math.Min((chunk + 1) << ChunkShift, Length);
            if (!_chunks[chunk].Cover(wanted))
            {
                index = end;
                continue;
            }
            for (; index < end; index++)
            {
                Steps++;
                if (_rows[index].Bounds.Cover(wanted))
                    return index;
            }
            // No row qualifies, so the chunk's sum may be out of date.
            Sum(chunk);
        }
        return Length;
    }

    private void Removed(Segment* segment, int sizeClass, int longestGap)
    {
        RaiseGapBound(segment, longestGap);
        if (!segment->HasAvailable(sizeClass))
            MakeUnavailable(segment, sizeClass);
    }

    private void Raise(Segment* segment, Bounds more)
    {
        _rows[segment->Index].Bounds.Add(more);
        _chunks[segment->Index >> ChunkShift].Add(more);
    }

    private void SumFrom(int index)
    {
        for (var chunk = index >> ChunkShift; chunk << ChunkShift < Length; chunk++)
            Sum(chunk);
    }

    private void Sum(int chunk)
    {
        var sum = default(Bounds);
        var first = chunk << ChunkShift;
        foreach (ref var row in _rows.AsSpan(first, Math.Min(1 << ChunkShift, Length - first)))
            sum.Add(row.Bounds);
        _chunks[chunk] = sum;
    }

    private void Move(int from, int to)
    {
        _rows[to] = _rows[from];
        _rows[to].Segment->Index = to;
    }

    private static Bounds GapsOf(Segment* segment) => GapsOf(segment, segment->GapBound);

    private static Bounds GapsOf(Segment* segment, int longestGap) => new()
    {
        LongestGap = Math.Min(longestGap, Segment.LongestBound),
        SlabPlaces = (segment->PagePlaces != 0 ? SlabPlaces.Page : 0)
            | (segment->PairPlaces != 0 ? SlabPlaces.Pair : 0),
    };

    [Flags]
    private enum SlabPlaces : byte
    {
        Page = 1,
        Pair = 2,
    }

    private struct Row
    {
        public Segment* Segment;
        public Bounds Bounds;
    }

    /// <summary>Bounds on what one segment may have, or on what any of many may have.</summary>
    private record struct Bounds
    {
        public uint AvailableClasses;
        public int LongestGap;
        public SlabPlaces SlabPlaces;

        /// <summary>Returns whether everything requested may be there.</summary>
        public readonly bool Cover(Bounds wanted) => (wanted.AvailableClasses & ~AvailableClasses) == 0
            && wanted.LongestGap <= LongestGap && (wanted.SlabPlaces & ~SlabPlaces) == 0;

        public void Add(Bounds more)
        {
            AvailableClasses |= more.AvailableClasses;
            LongestGap = Math.Max(LongestGap, more.LongestGap);
            SlabPlaces |= more.SlabPlaces;
        }
    }
}
