using System.Numerics;

namespace Arena.Pools;

// Decides whether a table that was read from a stream is one that this code can have made.
internal sealed unsafe partial class RelocationTable
{
    private string NoTable => $"{_owner.Label} has no table of {GroupCount} groups at 0x{(nuint)Rows:x}";

    /// <summary>Returns the bytes of a group's present entries.</summary>
    public nuint EntryBytesOf(int number) => (nuint)BitOperations.PopCount(Groups[number].Present) * sizeof(ulong);

    /// <summary>Counts the groups that have a block of entries.</summary>
    public int CountEntries()
    {
        var count = 0;
        for (var number = 0; number < GroupCount; number++)
            count += Groups[number].Entries == null ? 0 : 1;
        return count;
    }

    /// <summary>Null, or why the table cannot be right. The segments of its entries were looked at before.</summary>
    public string? WhyContradictory()
    {
        if (_firstGeneration is 0 or >= RelocatableHandle.MostGeneration || HighestGeneration < _firstGeneration)
            return $"its generations are {_firstGeneration} to {HighestGeneration}";
        if (_capacity == 0 ? GroupCount != 0 || _block != default : !HasBlock())
            return NoTable;
        var (live, present) = (0, 0);
        for (var number = 0; number < GroupCount; number++)
        {
            if (!IsRight(number))
                return $"its group {number} is none";
            live += BitOperations.PopCount(Groups[number].Live);
            present += BitOperations.PopCount(Groups[number].Present);
        }
        return live == LiveCount && present == _presentCount
            && _available.Consists(GroupCount, number => Groups[number].Free != 0)
            && _extensible.Consists(
                GroupCount, number => Groups[number].Present != ulong.MaxValue && !Groups[number].IsWorn)
            && _sparse.IsWithin(GroupCount, number => Groups[number].Entries != null)
            ? null
            : "its sets of groups are not those of its table";
    }

    // The rows and the groups lie in one block of the arena, which has storage.
    private bool HasBlock() =>
        _capacity > 0 && GroupCount >= 0 && GroupCount <= _capacity
        && _owner.Arena.IsBlock(Rows, _owner.OwnerToken, out var block) && block == _block
        && (int)(block.ByteCount / BytesOfGroup) == _capacity && _owner.Arena.HasStorage(Rows, block.ByteCount);

    // The entries of a group begin where a block of the table's segments has its contents, and are as many as it has
    // room for. Those of live ones are places inside the arena, and the others are dead.
    private bool IsRight(int number)
    {
        ref var group = ref Groups[number];
        var isFull = group.Present == ulong.MaxValue;
        if ((group.Live & ~group.Present) != 0 || group.Floor > RelocatableHandle.MostGeneration
            || Rows[number] != (isFull ? group.Entries : NoEntries))
            return false;
        if (group.Entries == null)
            return group.Present == 0;
        if (!_space.IsUsed((nuint)group.Entries, EntryBytesOf(number)))
            return false;
        var entry = group.Entries;
        for (var left = group.Present; left != 0; entry++, left &= left - 1)
        {
            var isLive = (group.Live & Lowest(left)) != 0;
            if (*entry >> HandleGroup.PlaceBits >= RelocatableHandle.MostGeneration
                || (*entry & HandleGroup.PlaceMask) == HandleGroup.PlaceMask == isLive)
                return false;
        }
        return true;
    }
}
