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
/// empty and full: every call goes the slow way. Where other threads free too, a place that the owner freed has
/// <see cref="FreedHere"/> in its entry: another thread may have freed it at the same time, and its pending bit tells.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = TopsOffset + SizeClasses.Count * 8)]
internal unsafe struct FastPath
{
    /// <summary>Stands behind the last entry of a magazine; no address.</summary>
    public const nuint Full = 1;

    /// <summary>In an entry, beside the address: the owner freed the place.</summary>
    public const nuint FreedHere = 1;

    /// <summary>Where the table has no segment: a value that <see cref="SegmentMask"/> makes of no address.</summary>
    public const nuint NoSegment = Segment.GranuleBytes;

    /// <summary>The top of a closed magazine. Lives as long as the process.</summary>
    public static readonly nuint* Closed = MakeClosed();

    /// <summary>The fast path of a heap that is gone: no segments, all closed. Lives as long as the process.</summary>
    public static readonly FastPath* Gone = MakeGone();

    /// <summary>Of <see cref="Signals"/>: other threads have freed something here.</summary>
    public const ulong Pending = RemoteFrees.Signal;

    /// <summary>Of <see cref="Signals"/>: somebody watches, and every call takes the slow path.</summary>
    public const ulong Observed = 2;

    /// <summary>Of <see cref="Signals"/>: the owner is to trim in its next call, which takes the slow path.</summary>
    public const ulong Asked = 4;

    /// <summary>
    /// Of <see cref="Signals"/>: another thread takes, or has taken, what waited here, see <see cref="OwnerGate"/>.
    /// Every call takes the slow path, which waits for that thread.
    /// </summary>
    public const ulong Stopped = 8;

    // Said as a number: the address of a field costs a check of the pointer. What other threads write has two lines
    // of its own, since processors fetch lines in pairs.
    private const int CallsOffset = 32;
    private const int SignalsOffset = 128;
    private const int TopsOffset = 256;

    /// <summary>
    /// Takes an address to the beginning of its segment, and keeps the low bits of an address that is not a multiple of
    /// 16, so that it matches no segment.
    /// </summary>
    [FieldOffset(0)]
    public nuint SegmentMask;

    /// <summary>Log2 of a segment's bytes.</summary>
    [FieldOffset(8)]
    public int SegmentShift;

    /// <summary>Of a thread's heap among those of a shared one.</summary>
    [FieldOffset(12)]
    public int Number;

    /// <summary>
    /// The table's size less one: a power of two, and above the difference of the numbers of any two segments.
    /// </summary>
    [FieldOffset(16)]
    public nuint TableMask;

    /// <summary>This heap's segments by their numbers modulo the size; else <see cref="NoSegment"/>.</summary>
    [FieldOffset(24)]
    public nuint* Table;

    /// <summary>Slow paths that the owner is in, see <see cref="OwnerGate"/>.</summary>
    [FieldOffset(CallsOffset)]
    public ulong Calls;

    /// <summary>What other threads tell the owner; 0 as long as there are none.</summary>
    [FieldOffset(SignalsOffset)]
    public ulong Signals;

    /// <summary>The top of a class's magazine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref nuint* Top(FastPath* heap, nuint sizeClass) =>
        ref ((nuint**)((byte*)heap + TopsOffset))[sizeClass];

    /// <summary>The word of slow paths that the owner is in.</summary>
    public static ulong* CallsOf(FastPath* heap) => (ulong*)((byte*)heap + CallsOffset);

    /// <summary>The word of what other threads tell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* SignalsOf(FastPath* heap) => (ulong*)((byte*)heap + SignalsOffset);

    /// <summary>The same as a word that other threads may read, see <see cref="OwnerGate"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* TopWord(FastPath* heap, nuint sizeClass) =>
        (ulong*)((byte*)heap + TopsOffset) + sizeClass;

    /// <summary>What one thread's pop would take; 0 if the magazine is empty or closed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Next(FastPath* heap, nuint sizeClass) => *(Top(heap, sizeClass) - 1);

    /// <summary>Pops a place of a class and marks it live; false if its magazine is empty or closed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPop<TThreads>(FastPath* heap, nuint sizeClass, out void* place)
        where TThreads : struct, IThreads
    {
        var top = TopWord(heap, sizeClass);
        var above = (nuint*)TThreads.ReadOwn(top);
        var entry = (nuint)TThreads.ReadOwn((ulong*)(above - 1));
        var address = TThreads.AreMany ? entry & ~FreedHere : entry;
        place = (void*)address;
        if (entry == 0)
            return false;
        var segment = (Segment*)(address & heap->SegmentMask);
        if (NeedsSlowPath<TThreads>(heap, segment, address, entry != address))
            return false;
        // In this order: see OwnerGate.
        TThreads.WriteOwn(top, (ulong)(above - 1));
        SetLive<TThreads>(segment, address);
        return true;
    }

    /// <summary>The same for a size; false, too, where it or the alignment is too large or not valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPop<TThreads>(FastPath* heap, nuint byteCount, nuint alignment, out void* place)
        where TThreads : struct, IThreads
    {
        place = null;
        return byteCount <= SizeClasses.TableBytes && alignment <= Align.Default && Align.IsValid(alignment)
            && TryPop<TThreads>(heap, SizeClasses.ClassOf16[(byteCount + 15) >> 4], out place);
    }

    /// <summary>Pops what <see cref="Next"/> told.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TakeNext(FastPath* heap, nuint sizeClass, nuint place)
    {
        Top(heap, sizeClass)--;
        SetLive<OneThread>((Segment*)(place & heap->SegmentMask), place);
    }

    /// <summary>
    /// Frees an allocation of this heap if its magazine has room; false, and nothing done, for everything else: full,
    /// closed, large, of another heap, or no live allocation at all.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFree<TThreads>(FastPath* heap, void* address)
        where TThreads : struct, IThreads
    {
        // An address that is not a multiple of 16 keeps its low bits, and is then no segment of the table.
        var segment = (Segment*)((nuint)address & heap->SegmentMask);
        if (heap->Table[(nuint)address >> heap->SegmentShift & heap->TableMask] != (nuint)segment)
            return false;
        var offset = (nuint)address - (nuint)segment;
        var word = Segment.LiveWord(segment, offset);
        var live = TThreads.Read(word);
        var bit = Segment.LiveBit((nuint)address);
        if ((live & bit) == 0 || NeedsSlowPath<TThreads>(heap, segment, (nuint)address, mayBePending: true))
            return false;
        var top = TopWord(heap, Segment.ClassAt(segment, offset));
        var entry = (ulong*)TThreads.ReadOwn(top);
        if (TThreads.ReadOwn(entry) == Full)
            return false;
        // In this order: see OwnerGate.
        TThreads.WriteOwn(entry, TThreads.AreMany ? (nuint)address | FreedHere : (nuint)address);
        TThreads.WriteOwn(top, (ulong)(entry + 1));
        TThreads.Write(word, live & ~bit);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetLive<TThreads>(Segment* segment, nuint place)
        where TThreads : struct, IThreads
    {
        var word = Segment.LiveWord(segment, place - (nuint)segment);
        TThreads.Write(word, TThreads.Read(word) | Segment.LiveBit(place));
    }

    // Another thread freed the place, or something else is to be seen to first. Frees by other threads are told after
    // they are done, so with nothing told there is nothing pending, or its free has not returned yet.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool NeedsSlowPath<TThreads>(FastPath* heap, Segment* segment, nuint address, bool mayBePending)
        where TThreads : struct, IThreads
    {
        if (!TThreads.AreMany)
            return false;
        var signals = TThreads.Read(SignalsOf(heap));
        if (signals == 0)
            return false;
        if (signals != Pending)
            return true;
        if (!mayBePending)
            return false;
        var word = Segment.PendingWord(segment, address - (nuint)segment);
        return RemoteFrees.IsPending<TThreads>(word, unchecked((int)(address >> Segment.GranuleShift)));
    }

    private static nuint* MakeClosed()
    {
        var markers = (nuint*)NativeMemory.Alloc(2, (nuint)sizeof(nuint));
        markers[0] = 0;
        markers[1] = Full;
        return markers + 1;
    }

    private static FastPath* MakeGone()
    {
        var gone = (FastPath*)NativeMemory.AllocZeroed((nuint)sizeof(FastPath));
        gone->Table = (nuint*)NativeMemory.Alloc((nuint)sizeof(nuint));
        *gone->Table = NoSegment;
        for (nuint sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
            Top(gone, sizeClass) = Closed;
        return gone;
    }
}
