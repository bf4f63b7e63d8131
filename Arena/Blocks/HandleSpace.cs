namespace Arena;

/// <summary>
/// The numbers that handles into one arena are made of. An index belongs to at most one slot of the arena at a time. A
/// generation tells the uses of an index apart: it only rises, and it rises on after the index went to another slot.
/// So no pair of both is ever given out twice.
/// </summary>
/// <remarks>
/// <para>
/// Indexes go to slabs in runs of whole granules, the lowest that are free first. Slots that lose their storage or
/// their slab leave their highest generation with their granule; slots of the same indexes begin above it. So one slot
/// that was used very often shortens the life of its granule only, and a granule that is nearly used up is not given
/// out again.
/// </para>
/// <para>
/// What a space gives out depends on what was taken and given back before and on nothing else. Thread-safe; cold.
/// </para>
/// </remarks>
internal sealed unsafe class HandleSpace
{
    private const int GranuleShift = 8;

    private const uint IndexesPerGranule = 1u << GranuleShift;
    private const ulong AllGranules = 1UL << (32 - GranuleShift);

    // An index that is given out has at least 2^27 uses before it.
    private const uint WornGeneration = 0xF000_0000;

    private static uint spacesMade;

    private readonly Lock _lock = new();

    // In the order of their indexes; no two touch, and none touches _end.
    private readonly List<Run> _free = [];

    // Spaces of several arenas begin at generations of their own, so that a handle that strays into another arena
    // meets no equal, or seldom. In the lowest quarter, and even.
    private readonly uint _firstGeneration =
        (unchecked(Interlocked.Increment(ref spacesMade) * 0x9E3779B2) & 0x3FFF_FFFE) + 2;

    // Granules from here on were never given out, or came back.
    private uint _end;

    // By granule: the highest generation that was left behind, 0 for none, and the slab that has the indexes, or 0.
    private uint[] _highest = [];
    private nuint[] _slabs = [];

    /// <summary>Takes a run of indexes; null, or why there is none.</summary>
    public string? Take(int count, out uint firstIndex)
    {
        var granules = GranulesOf(count);
        lock (_lock)
        {
            var first = _end;
            var position = _free.FindIndex(run => run.Count >= granules);
            if (position >= 0)
            {
                first = _free[position].First;
                Shorten(position, granules);
            }
            else if (granules <= AllGranules - _end)
            {
                _end += granules;
            }
            else
            {
                firstIndex = 0;
                return "the arena has no run of handle indexes left that is long enough; "
                    + "use another arena for more maps";
            }
            firstIndex = first << GranuleShift;
            return null;
        }
    }

    /// <summary>From now on <see cref="SlabAt"/> finds a slab by these indexes, which were taken for it.</summary>
    public void Bind(uint firstIndex, int count, void* slab)
    {
        var first = (int)(firstIndex >> GranuleShift);
        var granules = (int)GranulesOf(count);
        lock (_lock)
        {
            Cover(ref _slabs, first + granules);
            Array.Fill(_slabs, (nuint)slab, first, granules);
        }
    }

    /// <summary>Gives a run back. Its slots have left their generations behind.</summary>
    public void GiveBack(uint firstIndex, int count)
    {
        var first = firstIndex >> GranuleShift;
        var end = first + GranulesOf(count);
        lock (_lock)
        {
            if (first < _slabs.Length)
                Array.Clear(_slabs, (int)first, (int)Math.Min(end, _slabs.Length) - (int)first);
            for (var granule = first; granule < end; granule++)
            {
                var from = granule;
                while (granule < end && HighestOf(granule) < WornGeneration)
                    granule++;
                if (from < granule)
                    Free(new Run(from, granule - from));
            }
        }
    }

    /// <summary>
    /// The slab that an index belongs to, or null. It may be any map's and may just be going: only its owner may read
    /// it, and knows its own by the arena's table of owners.
    /// </summary>
    public byte* SlabAt(uint index)
    {
        var slabs = Volatile.Read(ref _slabs);
        var granule = index >> GranuleShift;
        return granule < (uint)slabs.Length ? (byte*)slabs[granule] : null;
    }

    /// <summary>
    /// What the generations of a slot that gets its storage begin with: even, and above all that its index had.
    /// </summary>
    public uint FirstGeneration(uint index)
    {
        lock (_lock)
            return (HighestOf(index >> GranuleShift) + 1) & ~1u;
    }

    /// <summary>A slot that loses its storage leaves its generation behind.</summary>
    public void Leave(uint index, uint generation)
    {
        var granule = index >> GranuleShift;
        lock (_lock)
        {
            Cover(ref _highest, (int)granule + 1);
            _highest[granule] = Math.Max(_highest[granule], generation);
        }
    }

    /// <summary>The index that the next granule begins with; 0 behind the last one.</summary>
    public static uint GranuleEnd(uint index) => unchecked((index | (IndexesPerGranule - 1)) + 1);

    private static uint GranulesOf(int count) => ((uint)count + IndexesPerGranule - 1) >> GranuleShift;

    private static void Cover<T>(ref T[] table, int count)
    {
        if (table.Length >= count)
            return;
        var longer = new T[Math.Max(count, Math.Min(2 * table.Length, (int)AllGranules))];
        table.CopyTo(longer, 0);
        Volatile.Write(ref table, longer);
    }

    private uint HighestOf(uint granule) =>
        Math.Max(_firstGeneration, granule < (uint)_highest.Length ? _highest[granule] : 0);

    private void Shorten(int position, uint granules)
    {
        var run = _free[position];
        if (run.Count == granules)
            _free.RemoveAt(position);
        else
            _free[position] = new Run(run.First + granules, run.Count - granules);
    }

    private void Free(Run run)
    {
        var position = _free.FindIndex(other => other.First > run.First);
        if (position < 0)
            position = _free.Count;
        if (position > 0 && _free[position - 1].End == run.First)
        {
            run = new Run(_free[position - 1].First, _free[position - 1].Count + run.Count);
            _free.RemoveAt(--position);
        }
        if (position < _free.Count && run.End == _free[position].First)
        {
            run = run with { Count = run.Count + _free[position].Count };
            _free.RemoveAt(position);
        }
        if (run.End == _end)
            _end = run.First;
        else
            _free.Insert(position, run);
    }

    private readonly record struct Run(uint First, uint Count)
    {
        public uint End => First + Count;
    }
}
