using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Maps the index of each handle of a relocatable heap to the place of its allocation. Indexes are used lowest first.
/// <code>
/// rows      | group 0 | group 1 | group 2 | ...           groups    | live, present, entries | ...
///                |         |         +--> no entries                             |
///                |         +--> | 64 entries |  &lt;------------------------------+
///                +------------> | 64 entries |
/// </code>
/// A lookup reads the row of the index and the entry. The entries themselves are blocks of the heap, and move and
/// shrink like others: after a peak, a fixed table of entries would take more memory than the allocations that
/// survived. A group that does not have all 64 entries has an empty row, so lookups there take the slow path, by the
/// group's bits.
/// </summary>
internal sealed unsafe partial class RelocationTable : IKeepsState
{
    public const uint NoIndex = uint.MaxValue;

    private const int MostGroups = 1 << (RelocatableHandle.IndexBits - 6);
    private const int FewestEntries = 8;

    // A group, and its row.
    private const int BytesOfGroup = HandleGroup.Bytes + sizeof(ulong);

    // The row of a group that does not have all entries: all of them are dead.
    private static readonly ulong* NoEntries = MakeNoEntries();

    private readonly Allocator _owner;
    private readonly RelocationSpace _space;
    private uint _firstGeneration;

    // Sets of groups: those with a free present index, those that may get further indexes, and those of which half is
    // dead.
    private readonly GroupSet _available = new();
    private readonly GroupSet _extensible = new();
    private readonly GroupSet _sparse = new();
    private Block _block;
    private int _capacity;
    private int _presentCount;

    public RelocationTable(Allocator owner, RelocationSpace space, uint firstGeneration)
    {
        _owner = owner;
        _space = space;
        _firstGeneration = firstGeneration;
        HighestGeneration = firstGeneration;
    }

    /// <summary>The entries of each group if it has all of them; otherwise entries that are all dead.</summary>
    public ulong** Rows => (ulong**)_block.Address;

    public HandleGroup* Groups => (HandleGroup*)(Rows + _capacity);

    public int GroupCount { get; private set; }

    public int LiveCount { get; private set; }

    /// <summary>The bytes of entries that are not live.</summary>
    public nuint DeadBytes => (nuint)(_presentCount - LiveCount) * sizeof(ulong);

    public uint HighestGeneration { get; private set; }

    /// <summary>The bytes of the groups; the entries are blocks of the heap.</summary>
    public nuint CommittedBytes => _block.ByteCount;

    /// <summary>
    /// Finds a free index, which stays free until <see cref="Begin"/>. Returns none, and the reason, if there is none.
    /// </summary>
    public uint FindFree(out string? why)
    {
        why = null;
        var group = _available.Lowest();
        if (group < 0)
        {
            group = _extensible.Lowest();
            if (group < 0)
                group = AddGroup(out why);
            if (group < 0 || (why = Extend(group)) is not null)
                return NoIndex;
        }
        return (uint)(group * HandleGroup.Count + BitOperations.TrailingZeroCount(Groups[group].Free));
    }

    /// <summary>Makes an index live at a place.</summary>
    public RelocatableHandle Begin(uint index, RelocatableBlock* block, uint number)
    {
        ref var group = ref Groups[index / HandleGroup.Count];
        var place = (int)(index % HandleGroup.Count);
        var entry = group.EntryOf(place);
        *entry = (*entry & ~HandleGroup.PlaceMask) | PlaceOf(block);
        group.Live |= 1UL << place;
        if (group.Free == 0)
            _available.Remove((int)(index / HandleGroup.Count));
        LiveCount++;
        return new RelocatableHandle(
            (*entry & ~HandleGroup.PlaceMask) | ((ulong)number << RelocatableHandle.IndexBits) | index);
    }

    /// <summary>Makes a live index free, and raises its generation.</summary>
    public void End(uint index)
    {
        var number = (int)(index / HandleGroup.Count);
        ref var group = ref Groups[number];
        var place = (int)(index % HandleGroup.Count);
        var entry = group.EntryOf(place);
        group.Live &= ~(1UL << place);
        LiveCount--;
        var generation = (uint)(*entry >> HandleGroup.PlaceBits) + 1;
        HighestGeneration = Math.Max(HighestGeneration, generation);
        *entry = HandleGroup.DeadEntry(generation);
        if (generation >= RelocatableHandle.MostGeneration)
            Retire(ref group, place, number);
        if (group.Free != 0)
            _available.Add(number);
        if (2 * BitOperations.PopCount(group.Live) <= BitOperations.PopCount(group.Present))
            _sparse.Add(number);
    }

    /// <summary>Records the new place of a live allocation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Move(RelocatableBlock* block)
    {
        var index = block->Index;
        if (block->IsTable)
        {
            SetEntries((int)index, (ulong*)RelocatableBlock.Contents(block));
            return;
        }
        var entry = Groups[index / HandleGroup.Count].EntryOf((int)(index % HandleGroup.Count));
        *entry = (*entry & ~HandleGroup.PlaceMask) | PlaceOf(block);
    }

    /// <summary>Returns whether the table knows a block by the index that the block holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Knows(RelocatableBlock* block)
    {
        var index = block->Index;
        if (block->IsTable)
            return index < GroupCount && Groups[index].Entries == (ulong*)RelocatableBlock.Contents(block);
        var place = (int)(index % HandleGroup.Count);
        if (index / HandleGroup.Count >= (uint)GroupCount)
            return false;
        ref var group = ref Groups[index / HandleGroup.Count];
        return (group.Live >> place & 1) != 0
            && (*group.EntryOf(place) & HandleGroup.PlaceMask) == PlaceOf(block);
    }

    /// <summary>
    /// Makes groups smaller in which half of the entries are dead, until this many bytes of dead entries are left.
    /// Returns false if the bound ended it.
    /// </summary>
    public bool TryShrink(ref CompactionWork work, nuint tolerated)
    {
        const uint most = HandleGroup.Count * sizeof(ulong);
        while (DeadBytes > tolerated && _sparse.Lowest() >= 0)
        {
            if (!work.Permits(most))
                return work.LargestBytes < most;
            work.MovedBytes += ShrinkOne();
        }
        return true;
    }

    // Shrinks one group, and returns the bytes that were copied.
    private nuint ShrinkOne()
    {
        var number = _sparse.Lowest();
        _sparse.Remove(number);
        ref var group = ref Groups[number];
        if (2 * BitOperations.PopCount(group.Live) > BitOperations.PopCount(group.Present))
            return 0;
        var entries = group.Entries;
        var kept = 0;
        for (var (rank, left) = (0, group.Present); left != 0; rank++, left &= left - 1)
        {
            if ((group.Live & Lowest(left)) != 0)
                entries[kept++] = entries[rank];
            else
                group.Floor = Math.Max(group.Floor, (uint)(entries[rank] >> HandleGroup.PlaceBits));
        }
        _presentCount -= BitOperations.PopCount(group.Free);
        group.Present = group.Live;
        _available.Remove(number);
        if (!group.IsWorn)
            _extensible.Add(number);
        var block = RelocatableBlock.At(entries);
        SetEntries(number, kept == 0 ? null : entries);
        if (kept == 0)
            _space.Free(block);
        else
            _space.Shrink(block, (uint)(kept * sizeof(ulong)));
        return (nuint)(kept * sizeof(ulong));
    }

    private ulong PlaceOf(RelocatableBlock* block) =>
        _space.PlaceOf(block) | (block->IsLarge ? HandleGroup.LargeBit : 0);

    private static ulong Lowest(ulong bits) => bits ^ (bits & (bits - 1));

    // Removes an entry for good; no other of the group takes its place.
    private void Retire(ref HandleGroup group, int place, int number)
    {
        var entry = group.EntryOf(place);
        var last = group.Entries + BitOperations.PopCount(group.Present) - 1;
        for (; entry < last; entry++)
            *entry = entry[1];
        group.Present &= ~(1UL << place);
        _presentCount--;
        group.Floor = RelocatableHandle.MostGeneration;
        SetEntries(number, group.Entries);
        _extensible.Remove(number);
        if (group.Free == 0)
            _available.Remove(number);
    }

    // Gives a group all entries if it has none, or twice as many as it has: the lowest indexes that are not present get
    // one.
    private string? Extend(int number)
    {
        var present = Groups[number].Present;
        var count = BitOperations.PopCount(present);
        var wanted = Math.Min(HandleGroup.Count, Math.Max(FewestEntries, 2 * count));
        if (count == 0)
            wanted = HandleGroup.Count;
        var byteCount = (uint)(wanted * sizeof(ulong));
        var block = _space.Take(RelocatableBlock.Granules(byteCount), out var why);
        if (block == null)
            return why;
        block->Begin((uint)number, byteCount, isTable: true);
        ref var group = ref Groups[number];
        _presentCount += wanted - count;
        for (; count < wanted; count++)
            present |= ~present & (present + 1);
        var entries = (ulong*)RelocatableBlock.Contents(block);
        var old = group.Entries;
        var to = entries;
        for (var left = present; left != 0; to++, left &= left - 1)
        {
            *to = (group.Present & Lowest(left)) != 0 ? *old++ : HandleGroup.DeadEntry(group.Floor);
        }
        if (group.Entries != null)
            _space.Free(RelocatableBlock.At(group.Entries));
        group.Present = present;
        SetEntries(number, entries);
        _available.Add(number);
        if (wanted == HandleGroup.Count)
            _extensible.Remove(number);
        Debug.Assert(BitOperations.PopCount(present) == wanted, "an entry for each");
        return null;
    }

    private int AddGroup(out string? why)
    {
        why = null;
        if (GroupCount == MostGroups)
        {
            why = $"it has {RelocatableHandle.IndexMask + 1} handles, the most that one heap can have; use two";
            return -1;
        }
        if (GroupCount == _capacity && (why = Grow()) is not null)
            return -1;
        var number = GroupCount++;
        Groups[number] = new HandleGroup { Floor = _firstGeneration };
        SetEntries(number, null);
        _extensible.Add(number);
        return number;
    }

    // Doubles the rows and the groups. Returns null, or why it cannot.
    private string? Grow()
    {
        var wanted = (nuint)Math.Max(1, 2 * GroupCount) * BytesOfGroup;
        var why = _owner.Arena.Lend(wanted, 0, _owner.OwnerToken, out var longer);
        if (why is not null)
            return why;
        var former = _block;
        var rows = Rows;
        var groups = Groups;
        _capacity = (int)(longer.ByteCount / BytesOfGroup);
        _block = longer;
        if (GroupCount == 0)
            return null;
        Buffer.MemoryCopy(rows, Rows, (long)longer.ByteCount, GroupCount * (long)sizeof(ulong));
        Buffer.MemoryCopy(groups, Groups, (long)longer.ByteCount, GroupCount * (long)HandleGroup.Bytes);
        _owner.Arena.TakeBack(former, _owner.OwnerToken);
        return null;
    }

    private void SetEntries(int number, ulong* entries)
    {
        ref var group = ref Groups[number];
        group.Entries = entries;
        Rows[number] = group.Present == ulong.MaxValue ? entries : NoEntries;
    }

    private static ulong* MakeNoEntries()
    {
        var entries = (ulong*)NativeMemory.Alloc(HandleGroup.Count, sizeof(ulong));
        new Span<ulong>(entries, HandleGroup.Count).Fill(HandleGroup.DeadEntry(0));
        return entries;
    }
}
