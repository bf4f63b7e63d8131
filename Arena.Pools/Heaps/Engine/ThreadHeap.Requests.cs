namespace Arena.Pools;

// Requests for a number of bytes.
internal sealed unsafe partial class ThreadHeap
{
    /// <summary>
    /// Allocates up to <see cref="SizeClasses.LargestBytes"/> at an alignment up to 64 KiB, a power of two of at least
    /// 16. Returns null if out of memory. Sets the granted bytes if they are more than the class of the request has.
    /// </summary>
    public void* Allocate(nuint byteCount, nuint alignment, ref nuint granted, out bool isZero, out string? why)
    {
        AssertOwnerCall();
        var address = Find(byteCount, alignment, ref granted, out isZero, out why);
        // Other threads may have freed, or left behind, what is needed.
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
    /// Resizes an extent where it lies; it grows into a gap behind it. Returns false, with nothing changed, if it
    /// cannot, or if the new size belongs in a slot.
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

    // Returns a place that is not live yet, or null.
    private void* Find(nuint byteCount, nuint alignment, ref nuint granted, out bool isZero, out string? why)
    {
        var sizeClass = SizeClasses.ClassOf(byteCount, alignment);
        var isSlot = sizeClass < SizeClasses.FirstExtent;
        var address = isSlot || alignment <= Align.Default
            ? Take(sizeClass, out isZero, out why)
            : TakeAligned(sizeClass, alignment, out isZero, out why);
        if (address != null || !isSlot || alignment > Align.Default)
            return address;
        // If not even a page is left for a slab, a gap between extents may do.
        address = Take(SizeClasses.FirstExtent, out isZero, out _);
        if (address != null)
            granted = (nuint)SizeClasses.BytesOf(SizeClasses.FirstExtent);
        return address;
    }
}
