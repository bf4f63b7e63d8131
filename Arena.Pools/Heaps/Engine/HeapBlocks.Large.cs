namespace Arena.Pools;

// Allocations that are blocks of the arena. The arena is for all threads, and so are these.
internal unsafe partial class HeapBlocks
{
    private int _largeCount;
    private long _largeBytes;

    public int LargeCount => Volatile.Read(ref _largeCount);

    public nuint LargeBytes => (nuint)Volatile.Read(ref _largeBytes);

    /// <summary>Returns whether a request becomes a block of the arena.</summary>
    public bool IsLarge(nuint byteCount, nuint alignment) =>
        byteCount > SizeClasses.LargestBytes || alignment > SizeClasses.LargestExtentAlignment
        || (SegmentShift < LargestSegmentShift && !FitsInSegment(byteCount, alignment));

    /// <summary>Returns the bytes that a request gets, at an alignment of at least 16.</summary>
    public nuint GrantedBytes(nuint byteCount, nuint alignment) => IsLarge(byteCount, alignment)
        ? Arena.GrantedBytes(byteCount)
        : (nuint)SizeClasses.BytesOf(SizeClasses.ClassOf(byteCount, alignment));

    /// <summary>
    /// Takes a place for any request: from a thread's part, or a block of its own. Returns null if there is none.
    /// </summary>
    /// <param name="threadHeap">The calling thread's part.</param>
    /// <param name="byteCount">The bytes requested.</param>
    /// <param name="alignment">A power of two of at least 16.</param>
    /// <param name="granted">Bytes granted, where they are more than <see cref="GrantedBytes"/> returned.</param>
    /// <param name="isZero">True if the memory reads as zero.</param>
    /// <param name="why">The reason why there is none.</param>
    public void* TakeAny(
        ThreadHeap threadHeap, nuint byteCount, nuint alignment, ref nuint granted, out bool isZero, out string? why)
    {
        if (IsLarge(byteCount, alignment))
        {
            var large = TakeLarge(byteCount, alignment, out isZero, out why);
            return large == null && TryMakeRoom(threadHeap)
                ? TakeLarge(byteCount, alignment, out isZero, out why)
                : large;
        }
        var address = threadHeap.Allocate(byteCount, alignment, ref granted, out isZero, out why);
        if (address == null && TryMakeRoom(threadHeap))
            address = threadHeap.Allocate(byteCount, alignment, ref granted, out isZero, out why);
        if (address != null)
            return address;
        // The remaining pages may be too few for a segment.
        address = TakeLarge(byteCount, alignment, out isZero, out _);
        if (address != null)
            (granted, why) = (Arena.GrantedBytes(byteCount), null);
        return address;
    }

    // Returns whether an empty segment has room for it.
    private bool FitsInSegment(nuint byteCount, nuint alignment) =>
        (nuint)SizeClasses.BytesOf(SizeClasses.ClassOf(byteCount, alignment))
        <= Segment.LongestRoom(SegmentBytes, IsShared, alignment);

    public void* TakeLarge(nuint byteCount, nuint alignment, out bool isZero, out string? why)
    {
        why = Arena.Lend(byteCount, alignment, _owner.OwnerToken, out var block, out isZero);
        if (why is not null)
            return null;
        CountLarge(1, (long)block.ByteCount);
        return block.Address;
    }

    /// <summary>
    /// Gives up the last pages, or grows into free pages behind. Returns false, with nothing changed, if it cannot.
    /// </summary>
    public bool TryResizeLarge(ref HeapPlace place, nuint byteCount)
    {
        var old = new Block(place.Address, place.ByteCount);
        if (!Arena.TryResize(old, _owner.OwnerToken, byteCount, out var block))
            return false;
        CountLarge(0, (long)block.ByteCount - (long)old.ByteCount);
        place.ByteCount = block.ByteCount;
        return true;
    }

    public void FreeLarge(in HeapPlace place)
    {
        Arena.TakeBack(new Block(place.Address, place.ByteCount), _owner.OwnerToken);
        CountLarge(-1, -(long)place.ByteCount);
    }

    private void CountLarge(int count, long byteCount)
    {
        Interlocked.Add(ref _largeCount, count);
        Interlocked.Add(ref _largeBytes, byteCount);
    }

    private void ForgetLarge()
    {
        _largeCount = 0;
        _largeBytes = 0;
    }
}
