using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The arithmetic of one pool's slabs, worked out once. A slab starts with its bitmaps, in words of 64 bits:
/// <code>
/// slab (aligned to AlignmentBytes, so that any slot's address, masked, is the slab's)
/// | free bits, WordCount words | summary | SlabState | ... | slot 0 | slot 1 | ...
/// </code>
/// In front of the first slot are the bytes that a guard has in front of each, if there is one.
/// A free bit is 1 where the slot is free; bits behind the last slot are 0. The summary is the set of words that have
/// free slots and are not the one that the pool allocates from.
/// </summary>
internal readonly unsafe struct SlabGeometry
{
    public const int MaximumSlabBytes = 1 << 30;

    /// <summary>The layout as the caller sees it.</summary>
    public readonly SlotLayout Layout;

    /// <summary>The slab's size rounded up to a power of two.</summary>
    public readonly nuint AlignmentBytes;

    /// <summary>True if storage comes step by step as slots are needed, and not at once.</summary>
    public readonly bool IsSparse;

    public readonly int SlotCount;
    public readonly int WordCount;

    /// <summary>The bytes in front of each slot that belong to a guard.</summary>
    public readonly nuint FrontBytes;

    private readonly int _summaryWords;
    private readonly nuint _offsetMask;
    private readonly ulong _inverse;
    private readonly int _shift;

    /// <param name="slotBytes">The bytes of an element.</param>
    /// <param name="alignment">The alignment of every slot.</param>
    /// <param name="slabBytes">The bytes of a slab.</param>
    /// <param name="maximumSlots">The most slots of a slab.</param>
    /// <param name="isSparse">True if storage comes step by step.</param>
    /// <param name="headerAlignment">The alignment of the header's length.</param>
    /// <param name="zones">The bytes in front of each element and behind it that belong to a guard.</param>
    public SlabGeometry(
        int slotBytes, int alignment, int slabBytes, int maximumSlots, bool isSparse, int headerAlignment = 1,
        in SlotZones zones = default)
    {
        FrontBytes = (nuint)zones.Front;
        slotBytes += zones.Front + zones.Behind;
        var mostWords = (nuint)(((long)slabBytes * 8 / (8L * slotBytes + 1) + 63) / 64);
        _summaryWords = (int)SummaryBitmap.WordCount(Math.Max(1, mostWords));
        // The words of free bits end on 8 bytes, so they take up to 7 bytes more than the layout's own bitmap.
        var extraBytes = 7 + _summaryWords * sizeof(ulong) + sizeof(SlabState) + zones.Front;
        Layout = zones.Front != 0 && (uint)alignment <= Align.Default && headerAlignment == 1
            ? LayOut(slotBytes, alignment, slabBytes, extraBytes, AlignmentOfPlaces(slotBytes), zones.Front)
            : LayOut(slotBytes, alignment, slabBytes, extraBytes, headerAlignment, 0);
        IsSparse = isSparse;
        SlotCount = Math.Min(Layout.SlotCount, maximumSlots);
        WordCount = (SlotCount + 63) / 64;
        AlignmentBytes = (nuint)BitOperations.RoundUpToPowerOf2((uint)slabBytes);
        _offsetMask = AlignmentBytes - 1;
        _shift = BitOperations.TrailingZeroCount(Layout.StrideBytes);
        _inverse = InverseOfOdd((ulong)Layout.StrideBytes >> _shift);
    }

    /// <summary>Bytes in front of the summary.</summary>
    public nuint BitmapBytes => (nuint)WordCount * sizeof(ulong);

    /// <summary>
    /// The divisor, as the exact division of <see cref="IndexOf(nuint, ulong, int)"/> takes it: the stride.
    /// </summary>
    public (ulong Inverse, int Shift) Divisor => (_inverse, _shift);

    /// <summary>
    /// Returns the index of a slot in its slab, or a number larger than any index if no slot starts there.
    /// </summary>
    public nuint IndexOf(byte* slab, void* slot) =>
        IndexOf(unchecked((nuint)slot - (nuint)Slots(slab)), _inverse, _shift);

    public byte* SlabOf(void* slotOrWord) => (byte*)((nuint)slotOrWord & ~_offsetMask);

    public byte* Slots(byte* slab) => slab + Layout.HeaderBytes;

    public static ulong* Words(byte* slab) => (ulong*)slab;

    public SummaryBitmap Summary(byte* slab) => new((ulong*)slab + WordCount, (nuint)WordCount);

    public Span<ulong> SummaryWords(byte* slab) => new((ulong*)slab + WordCount, _summaryWords);

    public ref SlabState State(byte* slab) => ref *(SlabState*)((ulong*)slab + WordCount + _summaryWords);

    /// <summary>Returns the address at which the slots of a word begin.</summary>
    public byte* WordBase(byte* slab, int word) => Slots(slab) + (nint)word * 64 * Layout.StrideBytes;

    /// <summary>
    /// Returns the address at which the slots of a word begin, including the bytes of a guard in front.
    /// </summary>
    public byte* PlaceBase(byte* slab, int word) => WordBase(slab, word) - FrontBytes;

    /// <summary>
    /// Divides exactly by the stride, as one multiplication: stride = odd &lt;&lt; shift, and inverse * odd = 1 (mod
    /// 2^64). The rotated product is the quotient if there is no remainder, and larger than any index if there is one,
    /// or if the offset is negative (Granlund and Montgomery 1994, section 9; Hacker's Delight, 10-17).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint IndexOf(nuint offset, ulong inverse, int shift) =>
        (nuint)BitOperations.RotateRight(unchecked(offset * inverse), shift);

    // Guarded slots begin with a line of the caches if all of them can: each has as few lines as possible then.
    private static int AlignmentOfPlaces(int strideBytes) =>
        Math.Min(strideBytes & -strideBytes, SlotZones.LargestAlignment);

    // Returns the layout; slots that begin with a page lie in as few pages as possible.
    private static SlotLayout LayOut(
        int slotBytes, int alignment, int slabBytes, int extraBytes, int headerAlignment, int frontBytes)
    {
        var layout = SlotLayout.For(slotBytes, alignment, slabBytes, extraBytes);
        var wanted = (int)Align.Up((nuint)(layout.HeaderBytes - frontBytes), (nuint)headerAlignment) + frontBytes;
        for (var i = 0; i < 4 && layout.HeaderBytes != wanted; i++)
        {
            extraBytes += wanted - layout.HeaderBytes;
            layout = SlotLayout.For(slotBytes, alignment, slabBytes, extraBytes);
        }
        return layout;
    }

    // Newton: an odd number is its own inverse to 3 bits, and each step doubles the bits: 6, 12, 24, 48, 96. There is
    // no loop, so that the JIT computes it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong InverseOfOdd(ulong odd)
    {
        unchecked
        {
            var inverse = odd * (2 - odd * odd);
            inverse *= 2 - odd * inverse;
            inverse *= 2 - odd * inverse;
            inverse *= 2 - odd * inverse;
            return inverse * (2 - odd * inverse);
        }
    }
}
