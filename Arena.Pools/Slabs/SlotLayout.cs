using System.Globalization;
using System.Numerics;
using System.Text;

namespace Arena.Pools;

/// <summary>
/// Computes how many slots fit into a slab whose first bytes hold one bit for each of them:
/// <code>
/// | bitmap, 1 bit a slot | extra header | padding | slot 0 | slot 1 | ... | slot n-1 | unused |
/// 0                                                ^ HeaderBytes, a multiple of the alignment
/// </code>
/// The classic example: inodes of 117 bytes in 3 pages of 4,096. 12,288 / 117 is 105, but 105 slots and their 14
/// bytes of bitmap do not fit; 104 slots and 13 bytes do, and 107 bytes stay unused.
/// </summary>
/// <example>
/// <code>
/// Console.WriteLine(bullets.Layout.Draw());           // header, slots and padding of a slab
/// </code>
/// </example>
public readonly record struct SlotLayout
{
    /// <summary>Bytes of one element.</summary>
    public int SlotBytes { get; private init; }

    /// <summary>Bytes from one slot to the next: <see cref="SlotBytes"/> rounded up to the alignment.</summary>
    public int StrideBytes { get; private init; }

    /// <summary>Bytes of the slab.</summary>
    public int SlabBytes { get; private init; }

    /// <summary>Bytes in front of the first slot: bitmap, extra header, padding.</summary>
    public int HeaderBytes { get; private init; }

    /// <summary>The number of slots that fit.</summary>
    public int SlotCount { get; private init; }

    /// <summary>Bytes behind the last slot.</summary>
    public int UnusedBytes { get; private init; }

    /// <summary>Returns the layout with the most slots.</summary>
    /// <param name="slotBytes">Bytes of one element, at least 1.</param>
    /// <param name="alignment">The alignment of every slot relative to the slab's start, a power of two.</param>
    /// <param name="slabBytes">Bytes of the slab.</param>
    /// <param name="extraHeaderBytes">Bytes that the header holds beside its bitmap.</param>
    /// <exception cref="ArgumentException">
    /// A value is out of range, or not one slot fits; the message names it.
    /// </exception>
    public static SlotLayout For(int slotBytes, int alignment, int slabBytes, int extraHeaderBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slotBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(slabBytes, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(extraHeaderBytes);
        if (alignment < 1 || !BitOperations.IsPow2(alignment))
            throw new ArgumentException($"An alignment is a power of two, and {alignment} is not.", nameof(alignment));

        var stride = RoundUp(slotBytes, alignment);
        // Bits and slots together take 8 * stride + 1 bits each; padding can only make that fewer.
        var slots = Math.Max(0, ((long)slabBytes - extraHeaderBytes) * 8 / (8 * stride + 1));
        while (slots > 0 && Header(slots, alignment, extraHeaderBytes) + slots * stride > slabBytes)
            slots--;
        if (slots == 0)
        {
            throw new ArgumentException(
                $"A slab of {slabBytes} bytes holds no slot of {slotBytes} bytes with alignment {alignment} and "
                + $"{extraHeaderBytes} bytes of extra header: use a larger slab.", nameof(slabBytes));
        }
        var header = Header(slots, alignment, extraHeaderBytes);
        return new SlotLayout
        {
            SlotBytes = slotBytes,
            StrideBytes = (int)stride,
            SlabBytes = slabBytes,
            HeaderBytes = (int)header,
            SlotCount = (int)slots,
            UnusedBytes = (int)(slabBytes - header - slots * stride),
        };
    }

    /// <summary>
    /// Returns the layout of a slab with a header of any size, whose slots need not all follow each other.
    /// </summary>
    internal static SlotLayout Of(
        int slotBytes, int strideBytes, int slabBytes, int headerBytes, int slotCount) => new()
    {
        SlotBytes = slotBytes,
        StrideBytes = strideBytes,
        SlabBytes = slabBytes,
        HeaderBytes = headerBytes,
        SlotCount = slotCount,
        UnusedBytes = slabBytes - headerBytes - slotCount * strideBytes,
    };

    /// <summary>Draws the slab as text, one part a line, with the offset at which it begins.</summary>
    public string Draw()
    {
        var bitmapBytes = (SlotCount + 7) / 8;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"slab of {SlabBytes} bytes, slots of {SlotBytes}\n");
        Part(0, "bitmap", bitmapBytes, $", {SlotCount} bits");
        if (HeaderBytes > bitmapBytes)
            Part(bitmapBytes, "header", HeaderBytes - bitmapBytes, "");
        Part(HeaderBytes, "slots", SlotCount * StrideBytes, $", {SlotCount} of {StrideBytes}");
        if (UnusedBytes > 0)
            Part(SlabBytes - UnusedBytes, "unused", UnusedBytes, "");
        return text.ToString();

        void Part(int offset, string name, int byteCount, string more) =>
            text.Append(CultureInfo.InvariantCulture, $"| {offset,8}  {name,-8}{byteCount,8} bytes{more}\n");
    }

    /// <summary>The numbers in one line.</summary>
    public override string ToString() =>
        $"{SlotCount} slots of {SlotBytes} bytes, {StrideBytes} apart, in {SlabBytes} bytes "
        + $"({HeaderBytes} header, {UnusedBytes} unused)";

    private static long Header(long slots, int alignment, int extraHeaderBytes) =>
        RoundUp((slots + 7) / 8 + extraHeaderBytes, alignment);

    private static long RoundUp(long value, int powerOfTwo) => (value + powerOfTwo - 1) & -powerOfTwo;
}
