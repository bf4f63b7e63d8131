using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Many allocations in one call: the size class is found once, and live bits of one word are written once.
public sealed unsafe partial class Heap
{
    /// <summary>Allocates many times the same size, once for each element; fewer only when out of memory.</summary>
    /// <param name="byteCount">Bytes of each; 0 gives addresses of their own as well.</param>
    /// <param name="addresses">Gets the allocations, aligned to 16 bytes, in no order that may be relied on.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="member">Filled in by the compiler.</param>
    /// <returns>How many were made: the first elements of the range; the others are unchanged.</returns>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public int AllocateRange(
        nuint byteCount, Span<nint> addresses,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string member = "")
    {
        ThrowIfDisposed();
        var hasClass = byteCount <= SizeClasses.LargestBytes;
        var sizeClass = hasClass ? (nuint)SizeClasses.ClassOf(byteCount) : 0;
        for (var i = 0; i < addresses.Length;)
        {
            var popped = hasClass ? Pop(_fast, sizeClass, addresses[i..]) : 0;
            i += popped;
            if (popped != 0)
                continue;
            if (!TryAllocate(byteCount, Align.Default, out var address, file, line, member))
                return i;
            addresses[i++] = (nint)address;
        }
        return addresses.Length;
    }

    /// <summary>Frees many allocations, of any sizes. Null elements are skipped.</summary>
    /// <param name="addresses">Live allocations of this heap, each of them once.</param>
    /// <exception cref="InvalidFreeException">
    /// One is not; <see cref="InvalidFreeException.Index"/> says which. Those in front of it were freed, the
    /// others were not.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void FreeRange(ReadOnlySpan<nint> addresses)
    {
        ThrowIfDisposed();
        for (var i = 0; i < addresses.Length; i++)
        {
            i += Push(_fastOfFree, addresses[i..]);
            if (i == addresses.Length)
                return;
            try
            {
                FreeSlowly((void*)addresses[i]);
            }
            catch (InvalidFreeException failure)
            {
                throw failure.At(i);
            }
        }
    }

    /// <summary>Frees everything at once and keeps the pages, until <see cref="Trim"/>.</summary>
    /// <remarks>It takes a few nanoseconds for each live allocation. Observers are notified once.</remarks>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public void Clear()
    {
        Enter();
        try
        {
            ThrowIfDisposed();
            var failure = NotifyCleared();
            foreach (var allocation in Allocations())
                GiveBack(FindLive(allocation.Address));
            Throw.If(failure);
        }
        finally
        {
            Leave();
        }
    }

    private static int Pop(FastPath* heap, nuint sizeClass, Span<nint> addresses)
    {
        ref var top = ref FastPath.Top(heap, sizeClass);
        var above = top;
        ulong* word = null;
        var live = 0ul;
        var count = 0;
        while (count < addresses.Length)
        {
            var place = *(above - 1);
            if (place == 0)
                break;
            above--;
            addresses[count++] = (nint)place;
            var segment = (Segment*)(place & heap->SegmentMask);
            GoTo(Segment.LiveWord(segment, place - (nuint)segment), ref word, ref live);
            live |= Segment.LiveBit(place);
        }
        if (word != null)
            *word = live;
        top = above;
        return count;
    }

    // As FastPath.TryFree, until the first address that this cannot free.
    private static int Push(FastPath* heap, ReadOnlySpan<nint> addresses)
    {
        ulong* word = null;
        var live = 0ul;
        var count = 0;
        for (; count < addresses.Length; count++)
        {
            var address = (nuint)addresses[count];
            var segment = (Segment*)(address & heap->SegmentMask);
            if (heap->Table[address >> heap->SegmentShift & heap->TableMask] != (nuint)segment)
                break;
            var offset = address - (nuint)segment;
            GoTo(Segment.LiveWord(segment, offset), ref word, ref live);
            var bit = Segment.LiveBit(address);
            ref var top = ref FastPath.Top(heap, Segment.ClassAt(segment, offset));
            var entry = top;
            if ((live & bit) == 0 || *entry == FastPath.Full)
                break;
            live &= ~bit;
            *entry = address;
            top = entry + 1;
        }
        if (word != null)
            *word = live;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GoTo(ulong* next, ref ulong* word, ref ulong live)
    {
        if (next == word)
            return;
        if (word != null)
            *word = live;
        word = next;
        live = *next;
    }
}
