using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>
/// The place of the slots of 256 handle indexes, all in a slab of one owner; each word of 64 has storage or not.
/// </summary>
internal unsafe struct HandleGroup
{
    public const uint SlotsPerWord = 64;

    /// <summary>The address of the first index's slot, or the address that it would have with storage.</summary>
    public byte* First;

    /// <summary>The owner's token; 0 for none.</summary>
    public ushort Owner;

    // A byte for each word of slots: the number of slots, from the first on, that have storage and a generation.
    private uint _stored;

    /// <summary>Returns whether the slot of an index has storage.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsStored(uint index) =>
        index % SlotsPerWord < unchecked((byte)(_stored >> ShiftOf(index)));

    /// <summary>Sets how many slots of the word that an index is in have storage, from the first on.</summary>
    public void SetStored(uint index, uint count)
    {
        _stored &= ~((uint)byte.MaxValue << ShiftOf(index));
        _stored |= count << ShiftOf(index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ShiftOf(uint index) => (int)(index / SlotsPerWord * 8);
}
