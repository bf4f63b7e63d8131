using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// A segment is 2 MiB of a heap's addresses, or less in a small arena, aligned to their size, with its tables first:
/// <code>
/// segment (2 MiB: 4,096 windows of 512 bytes, 131,072 granules of 16)
/// | Segment | extent | slab of one class | gap | extent | extent | ... gap | blocked beyond a smaller one |
///
/// Segment    sizes | committed, idle | gap bounds | slabs with free slots | kinds, classes  | live bits       | slabs
///                  | 1 bit a page    | 64 ushort  | 1 bit a page, class   | 1 byte a window | 1 bit a granule | 1 byte
/// </code>
/// A live bit is set where an allocation starts, as long as its caller holds it. A kind says what starts in its window:
/// nothing (0), an extent and at which granule, a slab, or something that is not for allocations. The class is kept
/// beside it. An extent is longer than a window, so no two start in one. The range between the end of one thing and the
/// start of the next is a gap: there is no list of free memory, and freed memory is not written. Two tables say which
/// slabs have free slots: searches for a slot use the bits of its class, and frees use a byte of the slab's page,
/// behind the live bits.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = HeaderBytes)]
internal unsafe partial struct Segment
{
    public const int GranuleBytes = 16;
    public const int GranuleShift = 4;
    public const int LargestBytes = 2 << 20;
    public const int WindowShift = 5;
    public const int WindowGranules = 1 << WindowShift;
    public const int WindowBytes = WindowGranules * GranuleBytes;
    public const int Windows = LargestBytes / WindowBytes;
    public const int Granules = LargestBytes / GranuleBytes;

    /// <summary>The granules of a page on which slabs lie, whatever the size of the system's pages.</summary>
    public const int SlabPageGranules = 256;
    public const int SlabPageBytes = SlabPageGranules * GranuleBytes;
    public const int SlabPages = Granules / SlabPageGranules;

    // The offsets of the tables; the picture shows their sizes.
    private const int CommittedOffset = 64;
    private const int IdleOffset = CommittedOffset + SlabPages / 8;
    private const int GapBoundsOffset = IdleOffset + SlabPages / 8;
    private const int AvailableOffset = GapBoundsOffset + Groups * sizeof(ushort);
    private const int KindsOffset = AvailableOffset + SizeClasses.FirstExtent * SlabPageWords * sizeof(ulong);
    private const int ClassesOffset = KindsOffset + Windows;
    private const int LiveOffset = ClassesOffset + Windows;
    private const int AvailablePagesOffset = LiveOffset + Granules / 8;
    private const int HeaderBytes = AvailablePagesOffset + SlabPages;

    /// <summary>
    /// The word in which other threads signal to the owner; its address identifies the owner. In a shared heap the
    /// owner changes, and any thread may read this at any time.
    /// </summary>
    public ulong* Owner;

    /// <summary>The bytes of the segment.</summary>
    public int ByteCount;

    /// <summary>The segment's position in the list of its owner.</summary>
    public int Index;

    /// <summary>The granule from which on nothing was ever placed.</summary>
    public int FreshGranule;

    /// <summary>The groups in which a gap may begin that has room for an aligned page.</summary>
    public ulong PagePlaces;

    /// <summary>The groups in which a gap may begin that has room for an aligned pair of pages.</summary>
    public ulong PairPlaces;

    /// <summary>True if every commit so far brought pages that read as zero.</summary>
    public bool CommitsZero;

    /// <summary>True if any thread may free what lies here; then there are pending bits.</summary>
    public bool IsShared;

    private readonly byte* Self => (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in this));

    private readonly ulong* Committed => (ulong*)(Self + CommittedOffset);

    private readonly ulong* Idle => (ulong*)(Self + IdleOffset);

    private readonly ushort* GapBounds => (ushort*)(Self + GapBoundsOffset);

    private readonly byte* Kinds => Self + KindsOffset;

    private readonly byte* Classes => Self + ClassesOffset;

    private readonly ulong* Live => (ulong*)(Self + LiveOffset);

    /// <summary>Returns the word of live bits for a distance in bytes from the segment's beginning.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* LiveWord(Segment* segment, nuint offset) =>
        (ulong*)((byte*)segment + LiveOffset) + (offset >> GranuleShift + 6);

    /// <summary>Returns the bit of an address in its word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong LiveBit(nuint address) => unchecked(1UL << (int)(address >> GranuleShift));

    /// <summary>
    /// Returns the class of the thing that starts in the window at a distance in bytes from the segment's beginning.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint ClassAt(Segment* segment, nuint offset) =>
        ((byte*)segment + ClassesOffset)[offset >> GranuleShift + WindowShift];

    public readonly byte* AddressOf(int granule) => Self + ((nint)granule << GranuleShift);

    public readonly int GranuleOf(void* address) => (int)((byte*)address - Self >> GranuleShift);

    /// <summary>Returns the class of the thing that starts in a granule's window.</summary>
    public readonly int ClassOf(int granule) => Classes[granule >> WindowShift];

    /// <summary>Returns whether a place is live, and not freed by another thread.</summary>
    public readonly bool IsLive(int granule) => (LiveBits(granule >> 6) >> granule & 1) != 0;

    public void SetLive(int granule) => Live[granule >> 6] |= 1UL << granule;

    public void ClearLive(int granule) => Live[granule >> 6] &= ~(1UL << granule);

    /// <summary>Returns 64 live bits, without places that other threads have freed.</summary>
    public readonly ulong LiveBits(int word) =>
        Volatile.Read(ref Live[word]) & ~PendingBits(word);

    /// <summary>Returns the bytes granted to live allocations.</summary>
    public readonly nuint SumLive()
    {
        nuint granules = 0;
        for (var word = 0; word < GranuleCount / 64; word++)
        {
            for (var live = LiveBits(word); live != 0; live &= live - 1)
            {
                var granule = 64 * word + BitOperations.TrailingZeroCount(live);
                granules += (nuint)SizeClasses.GranulesOf(ClassOf(granule));
            }
        }
        return granules << GranuleShift;
    }

    /// <summary>
    /// Makes all of a segment except this description a gap. The pages of the description are committed.
    /// </summary>
    public static void Format(Segment* segment, int byteCount, ulong* owner, bool isShared, uint headerPages)
    {
        Volatile.Write(ref *(nint*)&segment->Owner, (nint)owner);
        ClearHeader(segment, byteCount, isShared);
        segment->CommitsZero = true;
        segment->IsShared = isShared;
        while (NextHeaderRun(ref headerPages, out var first, out var end))
        {
            segment->SetCommitted(first, end, true);
            segment->FreshGranule = end * SlabPageGranules;
        }
        var granule = 0;
        while (segment->NextGap(ref granule, out var start, out var end))
            segment->RaiseTo(start, end - start);
    }

    // Returns the granule at which the thing in a window begins.
    private readonly int StartOf(int window) =>
        window * WindowGranules + (Kinds[window] >= Kind.Extent ? Kinds[window] - Kind.Extent : 0);

    // Returns the granule behind the thing in a window; behind the window itself for a slab or a blocked window.
    private readonly int EndOf(int window) => Kinds[window] >= Kind.Extent
        ? StartOf(window) + SizeClasses.GranulesOf(Classes[window])
        : (window + 1) * WindowGranules;

    /// <summary>The kinds of things that start in a window.</summary>
    private static class Kind
    {
        public const byte Nothing = 0;
        public const byte Blocked = 1;
        public const byte Slab = 2;

        /// <summary>
        /// An extent at the window's first granule; higher numbers are extents at the granules behind it.
        /// </summary>
        public const byte Extent = 0x80;
    }
}
