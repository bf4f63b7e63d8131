using System.Diagnostics;
using System.Numerics;

namespace Arena.Pools;

/// <summary>
/// Maps the index of each handle of a relocatable heap to the place of its allocation. Indexes are used lowest first.
/// The entries themselves are blocks of the heap, and move and shrink like others: after a peak, a fixed table of
/// entries would take more memory than the allocations that survived.
/// </summary>
internal sealed unsafe class RelocationTable
{
    public const uint NoIndex = uint.MaxValue;

    private const int MostGroups = 1 << (RelocatableHandle.IndexBits - 6);
    private const int FewestEntries = 8;

    private readonly Allocator _owner;
    private readonly RelocationSpace _space;
    private readonly uint _firstGeneration;

    // Sets of groups: those with a free present index, those that may get further indexes, and those of which half is
    // dead.
    private readonly GroupSet _available = new();
    private readonly GroupSet _extensible = new();
    private readonly GroupSet _sparse = new();
    private Block _block;

    public RelocationTable(Allocator owner, RelocationSpace space, uint firstGeneration)
    {
        _owner = owner;
        _space = space;
        _firstGeneration = firstGeneration;
        HighestGeneration = firstGeneration;
    }

    public HandleGroup* Groups => (HandleGroup*)_block.Address;

    public int GroupCount { get; private set; }

    public int LiveCount { get; private set; }

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
        *entry = (*entry & ~HandleGroup.PlaceMask) | _space.PlaceOf(block);
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
        *entry = (ulong)generation << HandleGroup.PlaceBits;
        if (generation >= RelocatableHandle.MostGeneration)
            Retire(ref group, place, number);
        if (group.Free != 0)
            _available.Add(number);
        if (2 * BitOperations.PopCount(group.Live) <= BitOperations.PopCount(group.Present))
            _sparse.Add(number);
    }

    /// <summary>Records the new place of a live allocation.</summary>
    public void Move(RelocatableBlock* block)
    {
        var index = block->Index;
        if (block->IsTable)
        {
            Groups[index].Entries = (ulong*)RelocatableBlock.Contents(block);
            return;
        }
        var entry = Groups[index / HandleGroup.Count].EntryOf((int)(index % HandleGroup.Count));
        *entry = (*entry & ~HandleGroup.PlaceMask) | _space.PlaceOf(block);
    }

    /// <summary>Returns whether the table knows a block by the index that the block holds.</summary>
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
            && (*group.EntryOf(place) & HandleGroup.PlaceMask) == _space.PlaceOf(block);
    }

    /// <summary>
    /// Makes groups smaller in which half of the entries are dead. Returns false if the bound ended it.
    /// </summary>
    public bool TryShrink(nuint bound, ref nuint left)
    {
        const uint most = HandleGroup.Count * sizeof(ulong);
        while (_sparse.Lowest() >= 0)
        {
            if (left < most)
                return bound < most;
            left -= ShrinkOne();
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
        group.Present = group.Live;
        _available.Remove(number);
        if (!group.IsWorn)
            _extensible.Add(number);
        var block = RelocatableBlock.At(entries);
        if (kept == 0)
        {
            _space.Free(block);
            group.Entries = null;
        }
        else
        {
            _space.Shrink(block, (uint)(kept * sizeof(ulong)));
        }
        return (nuint)(kept * sizeof(ulong));
    }

    private static ulong Lowest(ulong bits) => bits ^ (bits & (bits - 1));

    // Removes an entry for good; no other of the group takes its place.
    private void Retire(ref HandleGroup group, int place, int number)
    {
        var entry = group.EntryOf(place);
        var last = group.Entries + BitOperations.PopCount(group.Present) - 1;
        for (; entry < last; entry++)
            *entry = entry[1];
        group.Present &= ~(1UL << place);
        group.Floor = RelocatableHandle.MostGeneration;
        _extensible.Remove(number);
        if (group.Free == 0)
            _available.Remove(number);
    }

    // Doubles the entries of a group: the lowest indexes that are not present get one.
    private string? Extend(int number)
    {
        var present = Groups[number].Present;
        var count = BitOperations.PopCount(present);
        var wanted = Math.Min(HandleGroup.Count, Math.Max(FewestEntries, 2 * count));
        if (count == 0 && number > 0)
            wanted = HandleGroup.Count;
        var byteCount = (uint)(wanted * sizeof(ulong));
        var block = _space.Take(RelocatableBlock.Granules(byteCount), out var why);
        if (block == null)
            return why;
        block->Begin((uint)number, byteCount, isTable: true);
        ref var group = ref Groups[number];
        for (; count < wanted; count++)
            present |= ~present & (present + 1);
        var entries = (ulong*)RelocatableBlock.Contents(block);
        var old = group.Entries;
        var to = entries;
        for (var left = present; left != 0; to++, left &= left - 1)
        {
            *to = (group.Present & Lowest(left)) != 0 ? *old++ : (ulong)group.Floor << HandleGroup.PlaceBits;
        }
        if (group.Entries != null)
            _space.Free(RelocatableBlock.At(group.Entries));
        group.Entries = entries;
        group.Present = present;
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
        var byteCount = (nuint)(GroupCount + 1) * (nuint)sizeof(HandleGroup);
        if (byteCount > _block.ByteCount)
        {
            why = _owner.Arena.Lend(2 * byteCount, 0, _owner.OwnerToken, out var longer);
            if (why is not null)
                return -1;
            Buffer.MemoryCopy(_block.Address, longer.Address, longer.ByteCount, _block.ByteCount);
            _owner.Arena.TakeBack(_block, _owner.OwnerToken);
            _block = longer;
        }
        var number = GroupCount++;
        Groups[number] = new HandleGroup { Floor = _firstGeneration };
        _extensible.Add(number);
        return number;
    }
}
