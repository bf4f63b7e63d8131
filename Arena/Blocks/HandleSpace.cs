using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>
/// The numbers that handles into one arena are made of. An index belongs to at most one slot of the arena at a time. A
/// generation distinguishes the uses of an index: it only rises, also after the index went to another slot. So no pair
/// of index and generation is ever given out twice.
/// </summary>
/// <remarks>
/// <para>
/// Indexes go to slabs in runs of whole groups, the lowest free ones first. Slots that lose their storage or
/// their slab leave their highest generation with their group; slots of the same indexes begin above it. So one slot
/// that was used very often shortens the life of its group only, and a group that is nearly used up is not given
/// out again.
/// </para>
/// <para>
/// The indexes that a space gives out depend only on those taken and given back before. It is thread-safe, and not on a
/// fast path.
/// </para>
/// </remarks>
internal sealed unsafe class HandleSpace : IKeepsState
{
    public const int GroupShift = 8;

    public const uint IndexesPerGroup = 1u << GroupShift;
    private const ulong AllGroups = 1UL << (32 - GroupShift);

    // An index that is given out has at least 2^27 uses left.
    private const uint WornGeneration = 0xF000_0000;

    // Spaces made so far, by the hashes of their names.
    private static readonly uint[] SpacesMade = new uint[1024];

    private readonly Lock _lock = new();

    // The free runs in the order of their indexes; no two touch, and none touches _end.
    private readonly List<Run> _free = [];

    // In the lowest quarter, and even.
    private uint _firstGeneration;

    // Groups from this one on were never given out, or were given back.
    private uint _end;

    // By group: the highest generation that was left behind (0 for none), and the place of the slots.
    private uint[] _highest = [];
    private HandleGroup[] _groups = [];

    /// <param name="name">
    /// The arena's. All arenas of a process begin at generations of their own, those of one name too, so that a handle
    /// that strays into another arena meets no equal, or seldom. The first arena of a name begins with the same
    /// generation in whatever process, the second one as well, and so on, so that machines that simulate the same have
    /// the same handles.
    /// </param>
    public HandleSpace(string name)
    {
        // FNV-1a.
        var hash = 0x811C_9DC5u;
        foreach (var letter in name)
            hash = unchecked((hash ^ letter) * 0x0100_0193);
        var before = Interlocked.Increment(ref SpacesMade[hash % (uint)SpacesMade.Length]) - 1;
        _firstGeneration = (unchecked(hash + before * 0x9E37_79B2) & 0x3FFF_FFFE) + 2;
    }

    /// <summary>A number that depends on the arena's name.</summary>
    public uint Origin => _firstGeneration;

    /// <summary>
    /// The places of slots, by group, as far as any have storage. An owner that finds its token in a group has written
    /// that group itself; other groups may be changing.
    /// </summary>
    public HandleGroup[] Groups
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _groups);
    }

    /// <summary>Takes a run of indexes. Returns null, or the reason why there is none.</summary>
    public string? Take(int count, out uint firstIndex)
    {
        var groups = GroupsOf(count);
        lock (_lock)
        {
            var first = _end;
            var position = _free.FindIndex(run => run.Count >= groups);
            if (position >= 0)
            {
                first = _free[position].First;
                Shorten(position, groups);
            }
            else if (groups <= AllGroups - _end)
            {
                _end += groups;
            }
            else
            {
                firstIndex = 0;
                return "the arena has no run of handle indexes left that is long enough; "
                    + "use another arena for more maps";
            }
            firstIndex = first << GroupShift;
            return null;
        }
    }

    /// <summary>Records that slots got storage; their indexes were taken before.</summary>
    /// <param name="owner">The token of their owner.</param>
    /// <param name="index">The index of the first slot.</param>
    /// <param name="count">The number of slots, all of one slab.</param>
    /// <param name="slot">The address of the first one.</param>
    /// <param name="strideBytes">Bytes between slots.</param>
    public void Store(ushort owner, uint index, int count, byte* slot, nuint strideBytes)
    {
        var end = index + (ulong)count;
        lock (_lock)
        {
            Cover(ref _groups, (int)((end - 1) >> GroupShift) + 1);
            for (ulong at = index, next; at < end; at = next)
            {
                next = Math.Min((at | (HandleGroup.SlotsPerWord - 1)) + 1, end);
                ref var group = ref _groups[at >> GroupShift];
                var place = (uint)at & (IndexesPerGroup - 1);
                group.First = unchecked(slot + (nuint)(at - index) * strideBytes - place * strideBytes);
                group.SetStored((uint)at, (uint)(next - 1) % HandleGroup.SlotsPerWord + 1);
                group.Owner = owner;
            }
        }
    }

    /// <summary>Gives a run back, whose slots have left their generations behind.</summary>
    public void GiveBack(uint firstIndex, int count)
    {
        var first = firstIndex >> GroupShift;
        var end = first + GroupsOf(count);
        lock (_lock)
        {
            if (first < _groups.Length)
                Array.Clear(_groups, (int)first, (int)Math.Min(end, _groups.Length) - (int)first);
            for (var group = first; group < end; group++)
            {
                var from = group;
                while (group < end && HighestOf(group) < WornGeneration)
                    group++;
                if (from < group)
                    Free(new Run(from, group - from));
            }
        }
    }

    /// <summary>
    /// Returns the first generation of a slot that gets storage: even, and above all that its index had.
    /// </summary>
    public uint FirstGeneration(uint index)
    {
        lock (_lock)
            return (HighestOf(index >> GroupShift) + 1) & ~1u;
    }

    /// <summary>
    /// Records that slots of one group lose their storage, and leave their highest generation behind.
    /// </summary>
    public void Leave(uint index, int count, uint generation)
    {
        var group = index >> GroupShift;
        lock (_lock)
        {
            Cover(ref _highest, (int)group + 1);
            _highest[group] = Math.Max(_highest[group], generation);
            for (ulong at = index; at < (ulong)index + (uint)count; at += HandleGroup.SlotsPerWord)
                _groups[group].SetStored((uint)at, 0);
        }
    }

    /// <summary>Returns the index at which the next group begins; 0 behind the last one.</summary>
    public static uint GroupEnd(uint index) => unchecked((index | (IndexesPerGroup - 1)) + 1);

    /// <inheritdoc/>
    public void KeepState(StateStream state)
    {
        lock (_lock)
        {
            _firstGeneration = state.Keep(_firstGeneration);
            _end = state.Keep(_end);
            state.Keep(ref _highest, _highest.Length);
            var groups = _groups;
            // Groups that are not given out have no state.
            state.Keep(ref groups, Math.Min(groups.Length, (int)_end));
            Volatile.Write(ref _groups, groups);
            var count = state.KeepCount(_free.Count, sizeof(Run));
            if (state.IsRestoring)
                CollectionsMarshal.SetCount(_free, count);
            foreach (ref var run in CollectionsMarshal.AsSpan(_free))
                run = state.Keep(run);
        }
    }

    private static uint GroupsOf(int count) => ((uint)count + IndexesPerGroup - 1) >> GroupShift;

    private static void Cover<T>(ref T[] table, int count)
    {
        if (table.Length >= count)
            return;
        var longer = new T[Math.Max(count, Math.Min(2 * table.Length, (int)AllGroups))];
        table.CopyTo(longer, 0);
        Volatile.Write(ref table, longer);
    }

    private uint HighestOf(uint group) =>
        Math.Max(_firstGeneration, group < (uint)_highest.Length ? _highest[group] : 0);

    private void Shorten(int position, uint groups)
    {
        var run = _free[position];
        if (run.Count == groups)
            _free.RemoveAt(position);
        else
            _free[position] = new Run(run.First + groups, run.Count - groups);
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
