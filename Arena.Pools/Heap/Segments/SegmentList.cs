namespace Arena.Pools;

/// <summary>
/// The segments of one thread's heap in address order, with what a search asks of each: which classes have slabs with
/// free slots, and a bound on its gaps. Kept beside the segments so that a search reads a few lines, not all headers.
/// </summary>
internal sealed unsafe class SegmentList
{
    private Row[] _rows = new Row[4];

    public int Length { get; private set; }

    public Segment* this[int index] => _rows[index].Segment;

    public void Add(Segment* segment)
    {
        if (Length == _rows.Length)
            Array.Resize(ref _rows, 2 * Length);
        var index = Length++;
        for (; index > 0 && _rows[index - 1].Segment > segment; index--)
            Move(index - 1, index);
        _rows[index] = new Row { Segment = segment, GapBound = segment->GapBound };
        segment->Index = index;
    }

    public void Remove(Segment* segment)
    {
        Length--;
        for (var index = segment->Index; index < Length; index++)
            Move(index + 1, index);
    }

    public void MakeAvailable(Segment* segment, int sizeClass) =>
        _rows[segment->Index].AvailableClasses |= 1u << sizeClass;

    public void MakeUnavailable(Segment* segment, int sizeClass) =>
        _rows[segment->Index].AvailableClasses &= ~(1u << sizeClass);

    /// <summary>A gap of the segment has grown to so many granules.</summary>
    public void RaiseGapBound(Segment* segment, int granules)
    {
        ref var bound = ref _rows[segment->Index].GapBound;
        bound = Math.Max(bound, Math.Min(granules, Segment.LongestTold));
    }

    /// <summary>The slabs of a class without a live slot become gaps. Its magazine must be empty.</summary>
    public void RemoveEmptySlabs(int sizeClass)
    {
        foreach (ref var row in _rows.AsSpan(0, Length))
        {
            if ((row.AvailableClasses >> sizeClass & 1) == 0)
                continue;
            RaiseGapBound(row.Segment, row.Segment->RemoveEmptySlabs(sizeClass));
            if (!row.Segment->HasAvailable(sizeClass))
                MakeUnavailable(row.Segment, sizeClass);
        }
    }

    /// <summary>The lowest segment that may have a slab of a class with free slots, or null.</summary>
    public Segment* FirstAvailable(int sizeClass)
    {
        foreach (ref var row in _rows.AsSpan(0, Length))
        {
            if ((row.AvailableClasses >> sizeClass & 1) != 0)
                return row.Segment;
        }
        return null;
    }

    /// <summary>The lowest gap for so many granules: its segment and its place.</summary>
    public bool FindGap(int granules, int alignment, bool committedOnly, out Segment* segment, out int place)
    {
        foreach (ref var row in _rows.AsSpan(0, Length))
        {
            if (row.GapBound < granules)
                continue;
            place = row.Segment->FindGap(granules, alignment, committedOnly);
            if (place >= 0)
            {
                segment = row.Segment;
                return true;
            }
            row.GapBound = row.Segment->GapBound;
        }
        segment = null;
        place = -1;
        return false;
    }

    private void Move(int from, int to)
    {
        _rows[to] = _rows[from];
        _rows[to].Segment->Index = to;
    }

    private struct Row
    {
        public Segment* Segment;
        public uint AvailableClasses;
        public int GapBound;
    }
}
