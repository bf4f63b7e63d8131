using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// What the fast paths of a heap read and write, all of it: where its segments are, and the tops of its magazines. A
/// magazine is a bounded stack of free places of one class, with a marker at either end:
/// <code>
/// | 0 | place | place | place | ... | Full |
///                       ^ top: the next free entry
/// </code>
/// So one load tells an empty magazine (0 below the top) and one a full one (Full at the top). A closed magazine is
/// empty and full: every call goes the slow way.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HotHeap
{
    /// <summary>Stands behind the last entry of a magazine; no address.</summary>
    public const nuint Full = 1;

    /// <summary>Where the table has no segment: a number that no address becomes by <see cref="FrameMask"/>.</summary>
    public const nuint NoSegment = Segment.GranuleBytes;

    /// <summary>The top of a closed magazine. Lives as long as the process.</summary>
    public static readonly nuint* Closed = MakeClosed();

    /// <summary>The hot part of a heap that is gone: no segments, all closed. Lives as long as the process.</summary>
    public static readonly HotHeap* Gone = MakeGone();

    // Said as a number: the address of a field costs a check of the pointer.
    private const int TopsOffset = 32;

    /// <summary>
    /// Takes an address to the beginning of its frame, where its segment is, and leaves what an address that is not a
    /// multiple of 16 has too much.
    /// </summary>
    public nuint FrameMask;

    /// <summary>Log2 of a frame's bytes.</summary>
    public int FrameShift;

    /// <summary>The table's size, a power of two beyond the distance of any two segments in frames, less one.</summary>
    public nuint TableMask;

    /// <summary>This heap's segments by their frames' numbers modulo the size; else <see cref="NoSegment"/>.</summary>
    public nuint* Table;

    private fixed ulong _tops[SizeClasses.Count];

    /// <summary>The top of a class's magazine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref nuint* Top(HotHeap* heap, nuint sizeClass) =>
        ref ((nuint**)((byte*)heap + TopsOffset))[sizeClass];

    /// <summary>Pops a place of a class and marks it live; null where its magazine is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* Pop(HotHeap* heap, nuint sizeClass)
    {
        ref var top = ref Top(heap, sizeClass);
        var address = *(top - 1);
        if (address == 0)
            return null;
        top--;
        var segment = (Segment*)(address & heap->FrameMask);
        *Segment.LiveWord(segment, address - (nuint)segment) |= Segment.LiveBit(address);
        return (void*)address;
    }

    /// <summary>
    /// Frees an allocation of this heap if its magazine has room; false, and nothing done, for everything else: full,
    /// closed, large, of another heap, or no live allocation at all.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFree(HotHeap* heap, void* address)
    {
        // An address that is not a multiple of 16 keeps its low bits, and is then no segment of the table.
        var segment = (Segment*)((nuint)address & heap->FrameMask);
        if (heap->Table[(nuint)address >> heap->FrameShift & heap->TableMask] != (nuint)segment)
            return false;
        var offset = (nuint)address - (nuint)segment;
        var word = Segment.LiveWord(segment, offset);
        var live = *word;
        var bit = Segment.LiveBit((nuint)address);
        if ((live & bit) == 0)
            return false;
        ref var top = ref Top(heap, Segment.ClassAt(segment, offset));
        var entry = top;
        if (*entry == Full)
            return false;
        *word = live & ~bit;
        *entry = (nuint)address;
        top = entry + 1;
        return true;
    }

    private static nuint* MakeClosed()
    {
        var markers = (nuint*)NativeMemory.Alloc(2, (nuint)sizeof(nuint));
        markers[0] = 0;
        markers[1] = Full;
        return markers + 1;
    }

    private static HotHeap* MakeGone()
    {
        var gone = (HotHeap*)NativeMemory.AllocZeroed((nuint)sizeof(HotHeap));
        gone->Table = (nuint*)NativeMemory.Alloc((nuint)sizeof(nuint));
        *gone->Table = NoSegment;
        for (nuint sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
            Top(gone, sizeClass) = Closed;
        return gone;
    }
}
