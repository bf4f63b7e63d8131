using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>
/// The 8 bytes in front of the contents of an allocation. Addresses of this type are multiples of 16 plus 8, so that
/// contents are aligned to 16:
/// <code>
/// | index, 26 bits | pins, 16 | is of the table, 1 | was moved, 1 | bytes, 20 | contents ...
/// 0                                                                        8
/// </code>
/// An allocation that is a block of the arena has all 20 bits set. In front of these 8 bytes is its length, and in
/// front of that the length of the block.
/// </summary>
internal unsafe struct RelocatableBlock
{
    public const int GranuleBytes = 16;
    public const int HeaderBytes = 8;
    public const uint MostPins = 0xFFFF;

    private const int PinShift = RelocatableHandle.IndexBits;
    private const ulong OnePin = 1UL << PinShift;
    private const ulong TableBit = 1UL << 42;
    private const ulong MovedBit = 1UL << 43;
    private const int LengthShift = 44;
    private const uint LargeLength = 0xF_FFFF;

    private ulong _bits;

    public readonly uint Index => (uint)(_bits & RelocatableHandle.IndexMask);

    /// <summary>True if it holds entries of the table of handles; then its index is that of a group.</summary>
    public readonly bool IsTable => (_bits & TableBit) != 0;

    /// <summary>True if a compaction has moved it since it was made, or resized elsewhere.</summary>
    public readonly bool WasMoved => (_bits & MovedBit) != 0;

    public readonly uint Pins => (uint)((_bits >> PinShift) & MostPins);

    public readonly bool IsLarge => _bits >> LengthShift == LargeLength;

    /// <summary>The length in bytes, unless it is large.</summary>
    public readonly uint SmallLength
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)(_bits >> LengthShift);
    }

    /// <summary>Returns the granules that a block of this many bytes takes.</summary>
    public static int Granules(uint byteCount) => (int)((byteCount + HeaderBytes + GranuleBytes - 1) / GranuleBytes);

    public static byte* Contents(RelocatableBlock* block) => (byte*)block + HeaderBytes;

    public static RelocatableBlock* At(void* contents) => (RelocatableBlock*)((byte*)contents - HeaderBytes);

    public static nuint Length(RelocatableBlock* block) => block->IsLarge ? ((nuint*)block)[-1] : block->SmallLength;

    public void Begin(uint index, uint byteCount, bool isTable) =>
        _bits = index | (isTable ? TableBit : 0) | ((ulong)byteCount << LengthShift);

    /// <summary>Returns the bytes of the arena's block that holds a large allocation.</summary>
    public static ref nuint LentBytes(RelocatableBlock* block) => ref ((nuint*)block)[-2];

    public static void BeginLarge(RelocatableBlock* block, uint index, nuint byteCount, nuint lentBytes)
    {
        block->Begin(index, LargeLength, isTable: false);
        SetLargeLength(block, byteCount);
        LentBytes(block) = lentBytes;
    }

    public static void SetLargeLength(RelocatableBlock* block, nuint byteCount) => ((nuint*)block)[-1] = byteCount;

    public void SetLength(uint byteCount) =>
        _bits = (_bits & ((1UL << LengthShift) - 1)) | ((ulong)byteCount << LengthShift);

    public void SetMoved() => _bits |= MovedBit;

    public void Pin() => _bits += OnePin;

    public void Unpin() => _bits -= OnePin;
}
