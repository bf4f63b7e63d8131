using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// 64 indexes of a <see cref="RelocationTable"/>. Only indexes that are present have an entry, so a group with few live
/// entries shrinks to them:
/// <code>
/// present   0 0 1 0 ... 1 0 1      entries   | of index 0 | of index 2 | of index 61 |
/// live      0 0 1 0 ... 0 0 1
/// </code>
/// An entry is a generation, 24 bits, and a place, 40 bits: the distance from the arena's base in granules, and in the
/// highest bit whether the allocation is large. The place of a dead index has all bits set.
/// </summary>
internal unsafe struct HandleGroup
{
    public const int Count = 64;
    public const int Bytes = 32;
    public const int PlaceBits = 40;
    public const ulong PlaceMask = (1UL << PlaceBits) - 1;

    /// <summary>Set in the place of an allocation that is a block of the arena.</summary>
    public const ulong LargeBit = 1UL << (PlaceBits - 1);

    public ulong Live;
    public ulong Present;
    public ulong* Entries;

    /// <summary>The generation of an index that becomes present.</summary>
    public uint Floor;

    /// <summary>True if no further index may become present, because generations are used up.</summary>
    public readonly bool IsWorn => Floor >= RelocatableHandle.MostGeneration;

    public readonly ulong Free => Present & ~Live;

    /// <summary>The entry of an index that is not live.</summary>
    public static ulong DeadEntry(uint generation) => ((ulong)generation << PlaceBits) | PlaceMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong* EntryOf(int index) =>
        Entries + BitOperations.PopCount(Present & ((1UL << index) - 1));
}
