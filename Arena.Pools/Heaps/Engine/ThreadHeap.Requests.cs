namespace Arena.Pools;

// What is asked for in bytes.
internal sealed unsafe partial class ThreadHeap
{
    /// <summary>
    /// Allocates up to <see cref="SizeClasses.LargestBytes"/> at an alignment up to 64 KiB, a power of two of at least
    /// 16; null if out of memory. Says how many bytes it grants, where they are more than the class of the request.
    /// </summary>
    public void* Allocate(nuint byteCount, nuint alignment, ref nuint granted, out bool isZero, out string? why)
    {
        AssertOwnerCall();
        var address = Find(byteCount, alignment, ref granted, out isZero, out why);
        // What is wanting may be what other threads have freed, or left behind.
        while (address == null && (TakePending() || _blocks.TryAdopt(this)))
            address = Find(byteCount, alignment, ref granted, out isZero, out why);
        if (address == null)
            return null;
        var segment = (Segment*)((nuint)address & Fast->SegmentMask);
        var granule = segment->GranuleOf(address);
        if (segment->IsPending(granule))
            RefuseFreedTwice(segment, granule);
        segment->SetLive(granule);
        return address;
    }

    /// <summary>
    /// Makes an extent as large as asked, where it lies: it grows into a gap behind it. False, and nothing done, where
    /// it cannot, or where a slot does.
    /// </summary>
    public bool TryResize(ref HeapPlace place, nuint byteCount)
    {
        AssertOwnerCall();
        if (byteCount > SizeClasses.LargestBytes || byteCount <= SizeClasses.LargestSlotBytes / 2)
            return false;
        var sizeClass = Math.Max(SizeClasses.ClassOf(byteCount), SizeClasses.FirstExtent);
        if (!TryResize(place.Segment, place.Granule, sizeClass))
            return false;
        place.ByteCount = (nuint)SizeClasses.BytesOf(sizeClass);
        return true;
    }

    // A place that is not live yet, or null.
    private void* Find(nuint byteCount, nuint alignment, ref nuint granted, out bool isZero, out string? why)
    {
        var sizeClass = SizeClasses.ClassOf(byteCount, alignment);
        var isSlot = sizeClass < SizeClasses.FirstExtent;
        var address = isSlot || alignment <= Align.Default
            ? Take(sizeClass, out isZero, out why)
            : TakeAligned(sizeClass, alignment, out isZero, out why);
        if (address != null || !isSlot || alignment > Align.Default)
            return address;
        // Where not even a page is left for a slab, a gap between extents may do.
        address = Take(SizeClasses.FirstExtent, out isZero, out _);
        if (address != null)
            granted = (nuint)SizeClasses.BytesOf(SizeClasses.FirstExtent);
        return address;
    }
}
