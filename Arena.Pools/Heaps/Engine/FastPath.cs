using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arena.Pools;

/// <summary>
/// Everything that the fast paths of a heap read and write: where its segments are, and the tops of its magazines. A
/// magazine is a bounded stack of free places of one class, with a marker at either end:
/// <code>
/// | 0 | place | place | place | ... | Full |
///                       ^ top: the next free entry
/// </code>
/// So one load recognizes an empty magazine (0 below the top), and one a full magazine (Full at the top). A closed
/// magazine is both empty and full: every call takes the slow path. In a shared heap, a place that the owner freed has
/// <see cref="FreedHere"/> in its entry: another thread may have freed it at the same time, which its pending bit
/// shows.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = TopsOffset + SizeClasses.Count * 8)]
internal unsafe struct FastPath
{
    /// <summary>The marker behind the last entry of a magazine; not an address.</summary>
    public const nuint Full = 1;

    /// <summary>A bit of an entry, beside the address: the owner freed the place.</summary>
    public const nuint FreedHere = 1;

    /// <summary>
    /// The value of a table entry without a segment, which <see cref="SegmentMask"/> produces from no address.
    /// </summary>
    public const nuint NoSegment = Segment.GranuleBytes;

    /// <summary>The top of a closed magazine. It lives as long as the process.</summary>
    public static readonly nuint* Closed = MakeClosed();

    /// <summary>
    /// The fast path of a heap that was disposed: no segments, everything closed. It lives as long as the process.
    /// </summary>
    public static readonly FastPath* Gone = MakeGone();

    /// <summary>A bit of <see cref="Signals"/>: other threads have freed something in this heap.</summary>
    public const ulong Pending = RemoteFrees.Signal;

    /// <summary>A bit of <see cref="Signals"/>: an observer is attached, and every call takes the slow path.</summary>
    public const ulong Observed = 2;

    /// <summary>
    /// A bit of <see cref="Signals"/>: the owner has to trim in its next call, which takes the slow path.
    /// </summary>
    public const ulong Asked = 4;

    /// <summary>
    /// A bit of <see cref="Signals"/>: another thread takes, or has taken, free places from the magazines, see
    /// <see cref="OwnerGate"/>. Every call takes the slow path, which waits for that thread.
    /// </summary>
    public const ulong Stopped = 8;

    // Offsets, because taking a field's address adds a null check. The word that other threads write has two cache
    // lines of its own, because processors fetch lines in pairs.
    private const int CallsOffset = 32;
    private const int SignalsOffset = 128;
    private const int TopsOffset = 256;

    /// <summary>
    /// Masks an address to the beginning of its segment, but keeps the low bits of a misaligned address, so that it
    /// matches no segment.
    /// </summary>
    [FieldOffset(0)]
    public nuint SegmentMask;

    /// <summary>Log2 of a segment's bytes.</summary>
    [FieldOffset(8)]
    public int SegmentShift;

    /// <summary>This thread's index within the shared heap.</summary>
    [FieldOffset(12)]
    public int Number;

    /// <summary>
    /// The table's size minus one. The size is a power of two above the difference of any two segments' numbers.
    /// </summary>
    [FieldOffset(16)]
    public nuint TableMask;

    /// <summary>
    /// This heap's segments by their numbers modulo the size; unused entries are <see cref="NoSegment"/>.
    /// </summary>
    [FieldOffset(24)]
    public nuint* Table;

    /// <summary>The number of slow paths that the owner is in, see <see cref="OwnerGate"/>.</summary>
    [FieldOffset(CallsOffset)]
    public ulong Calls;

    /// <summary>The signals of other threads to the owner; 0 if there are none.</summary>
    [FieldOffset(SignalsOffset)]
    public ulong Signals;

    /// <summary>The top of a class's magazine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref nuint* Top(FastPath* heap, nuint sizeClass) =>
        ref *(nuint**)TopWord(heap, sizeClass);

    /// <summary>Returns the address of the number of slow paths that the owner is in.</summary>
    public static ulong* CallsOf(FastPath* heap) => (ulong*)((byte*)heap + CallsOffset);

    /// <summary>Returns the address of the word of signals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* SignalsOf(FastPath* heap) => (ulong*)((byte*)heap + SignalsOffset);

    /// <summary>Returns a top as a word that other threads may read, see <see cref="OwnerGate"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* TopWord(FastPath* heap, nuint sizeClass) =>
        (ulong*)((byte*)heap + TopsOffset) + sizeClass;

    /// <summary>Returns the entry that a pop would take; 0 if the magazine is empty or closed.</summary>
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

    /// <summary>
    /// Pops a place for a size; returns false also if the size or the alignment is too large or invalid.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPop<TThreads>(FastPath* heap, nuint byteCount, nuint alignment, out void* place)
        where TThreads : struct, IThreads
    {
        place = null;
        return byteCount <= SizeClasses.TableBytes && alignment <= Align.Default && Align.IsValid(alignment)
            && TryPop<TThreads>(heap, SizeClasses.ClassOf16[(byteCount + 15) >> 4], out place);
    }

    /// <summary>Pops what <see cref="Next"/> returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TakeNext(FastPath* heap, nuint sizeClass, nuint place)
    {
        Top(heap, sizeClass)--;
        SetLive<OneThread>((Segment*)(place & heap->SegmentMask), place);
    }

    /// <summary>
    /// Frees an allocation of this heap if its magazine has room. Returns false, with nothing changed, for everything
    /// else: the magazine is full or closed, or the address is large, of another heap, or not live at all.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFree<TThreads>(FastPath* heap, void* address)
        where TThreads : struct, IThreads =>
        TryFree<TThreads>(heap, address, out _);

    /// <summary>
    /// Frees likewise, and returns the class that the place had: once it is free, another thread may trim its slab.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFree<TThreads>(FastPath* heap, void* address, out nuint sizeClass)
        where TThreads : struct, IThreads
    {
        sizeClass = 0;
        // A misaligned address keeps its low bits, so it matches no segment of the table.
        var segment = (Segment*)((nuint)address & heap->SegmentMask);
        if (heap->Table[(nuint)address >> heap->SegmentShift & heap->TableMask] != (nuint)segment)
            return false;
        var offset = (nuint)address - (nuint)segment;
        var word = Segment.LiveWord(segment, offset);
        var live = TThreads.Read(word);
        var bit = Segment.LiveBit((nuint)address);
        if ((live & bit) == 0 || NeedsSlowPath<TThreads>(heap, segment, (nuint)address, mayBePending: true))
            return false;
        sizeClass = Segment.ClassAt(segment, offset);
        var top = TopWord(heap, sizeClass);
        var entry = (ulong*)TThreads.ReadOwn(top);
        if (TThreads.ReadOwn(entry) == Full)
            return false;
        // In this order: see OwnerGate.
        TThreads.WriteOwn(entry, TThreads.AreMany ? (nuint)address | FreedHere : (nuint)address);
        TThreads.WriteOwn(top, (ulong)(entry + 1));
        TThreads.Write(word, live & ~bit);
        return true;
    }

    /// <summary>Returns whether a live place of this heap begins at an address; for the heap of one thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsLive(FastPath* heap, void* address)
    {
        var segment = (Segment*)((nuint)address & heap->SegmentMask);
        return heap->Table[(nuint)address >> heap->SegmentShift & heap->TableMask] == (nuint)segment
            && (*Segment.LiveWord(segment, (nuint)address - (nuint)segment) & Segment.LiveBit((nuint)address)) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetLive<TThreads>(Segment* segment, nuint place)
        where TThreads : struct, IThreads
    {
        var word = Segment.LiveWord(segment, place - (nuint)segment);
        TThreads.Write(word, TThreads.Read(word) | Segment.LiveBit(place));
    }

    // Returns true if another thread freed the place, or another signal comes first. Other threads signal after they
    // freed, so without a signal nothing is pending, or that free has not returned yet.
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
