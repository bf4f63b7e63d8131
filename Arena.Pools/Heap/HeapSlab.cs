using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// What a heap knows of one slab, beside it and not in it, so that slots begin on a page and have its alignment:
/// <code>
/// 0     live bits, 1 a slot, up to 512
/// 64    first slot | inverse, shift, slots, stride | class, token, listed | next, previous
/// 128
/// </code>
/// A live bit is set while the caller holds the slot. A clear bit is a free slot, which may stand in its class's
/// magazine. A block larger than any class is a slab of one slot.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct HeapSlab
{
    public const int Bytes = 128;
    public const int MaximumSlots = 512;
    public const int Words = MaximumSlots / 64;

    public fixed ulong Live[Words];

    public byte* First;
    public uint Inverse;
    public int Shift;
    public int SlotCount;
    public uint StrideBytes;
    public ushort Token;
    public byte Class;
    public bool Listed;
    public bool KeptEmpty;

    // In the list of its class's slabs with free slots.
    public HeapSlab* Next;
    public HeapSlab* Previous;

    /// <summary>Bytes of the block that it divides; 0 marks a header that is not in use.</summary>
    public nuint BlockBytes;

    /// <summary>The header that a word of live bits is in.</summary>
    public static HeapSlab* Of(ulong* word) => (HeapSlab*)((nuint)word & ~(nuint)(Bytes - 1));

    /// <summary>The slot's index, or something not below <see cref="SlotCount"/> where no slot starts there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint IndexOf(void* slot) =>
        unchecked(BitOperations.RotateRight((uint)((nuint)slot - (nuint)First) * Inverse, Shift));

    /// <summary>One allocation above all classes: the block itself.</summary>
    public readonly bool IsBlock => StrideBytes == 0;

    /// <summary>Bytes granted to an allocation in it.</summary>
    public readonly nuint GrantedBytes => IsBlock ? BlockBytes : StrideBytes;

    public readonly int WordCount => (SlotCount + 63) / 64;

    /// <summary>The free slots of a word.</summary>
    public readonly ulong Free(int word)
    {
        var slots = SlotCount - 64 * word;
        return ~Live[word] & (slots >= 64 ? ulong.MaxValue : (1UL << slots) - 1);
    }

    public readonly int CountLive()
    {
        var live = 0;
        for (var word = 0; word < WordCount; word++)
            live += BitOperations.PopCount(Live[word]);
        return live;
    }

    public readonly bool IsEmpty()
    {
        for (var word = 0; word < WordCount; word++)
        {
            if (Live[word] != 0)
                return false;
        }
        return true;
    }
}
