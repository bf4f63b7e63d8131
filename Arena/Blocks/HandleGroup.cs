using System.Runtime.CompilerServices;

namespace Arena;

/// <summary>Where the slots of 256 handle indexes are: in a slab of one owner, a word of 64 stored or not.</summary>
internal unsafe struct HandleGroup
{
    public const uint SlotsPerWord = 64;

    /// <summary>Where the slot of the first index is, or would be if it had storage.</summary>
    public byte* First;

    /// <summary>The owner's token; 0 for none.</summary>
    public ushort Owner;

    // A byte for each word of slots: how many of them, from the first on, have storage and a generation.
    private uint _stored;

    /// <summary>Whether the slot of an index has storage.</summary>
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
