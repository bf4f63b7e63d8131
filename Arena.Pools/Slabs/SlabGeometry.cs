using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The arithmetic of one pool's slabs, worked out once. A slab starts with its bitmaps, in words of 64 bits:
/// <code>
/// slab (aligned to AlignmentBytes, so that any slot's address, masked, is the slab's)
/// | free bits, WordCount words | summary, SummaryCount words | busy word | ... | slot 0 | slot 1 | ...
/// </code>
/// A free bit is 1 where the slot is free; bits behind the last slot are 0. A summary bit is 1 where a word has free
/// slots and is not the one that its pool allocates from.
/// </summary>
internal readonly unsafe struct SlabGeometry
{
    public const int MaximumSlabBytes = 1 << 30;

    /// <summary>The layout as the caller sees it.</summary>
    public readonly SlotLayout Layout;

    /// <summary>The slab's size rounded up to a power of two.</summary>
    public readonly nuint AlignmentBytes;

    public readonly int SlotCount;
    public readonly int WordCount;
    public readonly int LastWord;
    public readonly int SummaryCount;

    /// <summary>The word of a slab in which every slot is free, for its last word.</summary>
    public readonly ulong LastWordFull;

    // Exact division by the stride as one multiplication: stride = odd << shift, and inverse * odd = 1 (mod 2^32).
    // The rotated product is the quotient where there is no remainder and larger than any index where there is one
    // (Granlund and Montgomery 1994, section 9; Hacker's Delight, 10-17).
    public readonly uint Inverse;
    public readonly int Shift;

    // An address's distance from its slab.
    private readonly nuint _offsetMask;

    public SlabGeometry(int slotBytes, int alignment, int slabBytes, int maximumSlots)
    {
        var bits = ((long)slabBytes * 8 / (8L * slotBytes + 1) + 63) / 64;
        var summaryBytes = (int)((bits + 63) / 64) * sizeof(ulong);
        // The words of free bits end on 8 bytes, so up to 7 more than the layout's own bitmap.
        Layout = SlotLayout.For(slotBytes, alignment, slabBytes, 7 + summaryBytes + sizeof(ulong));
        SlotCount = Math.Min(Layout.SlotCount, maximumSlots);
        WordCount = (SlotCount + 63) / 64;
        LastWord = WordCount - 1;
        SummaryCount = (WordCount + 63) / 64;
        LastWordFull = ulong.MaxValue >> (64 * WordCount - SlotCount);
        AlignmentBytes = (nuint)BitOperations.RoundUpToPowerOf2((uint)slabBytes);
        _offsetMask = AlignmentBytes - 1;
        Shift = BitOperations.TrailingZeroCount(Layout.StrideBytes);
        Inverse = InverseOfOdd((uint)Layout.StrideBytes >> Shift);
    }

    /// <summary>The slot's index, or something not below <see cref="SlotCount"/> where no slot starts there.</summary>
    public uint IndexOf(void* slot) => unchecked(
        BitOperations.RotateRight(
            ((uint)((nuint)slot & _offsetMask) - (uint)Layout.HeaderBytes) * Inverse, Shift));

    public byte* SlabOf(void* slotOrWord) => (byte*)((nuint)slotOrWord & ~_offsetMask);

    public static ulong* Words(byte* slab) => (ulong*)slab;

    public ulong* Summary(byte* slab) => (ulong*)slab + WordCount;

    /// <summary>A word that was found in use the last time somebody asked whether the slab is empty: a hint.</summary>
    public ref int BusyWord(byte* slab) => ref *(int*)((ulong*)slab + WordCount + SummaryCount);

    /// <summary>Where the slots of a word begin.</summary>
    public byte* WordBase(byte* slab, int word) =>
        slab + Layout.HeaderBytes + (nint)word * 64 * Layout.StrideBytes;

    /// <summary>All slots of the word are free.</summary>
    public bool IsFull(int word, ulong freeBits) => freeBits == FullWord(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong FullWord(int word) => word == LastWord ? LastWordFull : ulong.MaxValue;

    // Newton: an odd number is its own inverse to 3 bits, and each step doubles the bits.
    public static uint InverseOfOdd(uint odd)
    {
        var inverse = odd;
        for (var bits = 3; bits < 32; bits *= 2)
            inverse = unchecked(inverse * (2 - odd * inverse));
        return inverse;
    }
}
