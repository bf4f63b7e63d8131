namespace Arena.Pools;

// What is asked for in bytes.
internal sealed unsafe partial class HeapCore
{
    /// <summary>
    /// Allocates up to <see cref="SizeClasses.LargestBytes"/> at an alignment up to 64 KiB, a power of two of at least
    /// 16; null where memory is wanting.
    /// </summary>
    public void* Allocate(nuint byteCount, nuint alignment, out bool isZero, out string? why)
    {
        var address = Find(byteCount, alignment, out isZero, out why);
        // What is wanting may be what other threads have freed, or left behind.
        while (address == null && (TakePending() || _space.TryAdopt(this)))
            address = Find(byteCount, alignment, out isZero, out why);
        if (address == null)
            return null;
        var segment = (Segment*)((nuint)address & Hot->FrameMask);
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
        if (byteCount > SizeClasses.LargestBytes || byteCount <= SizeClasses.LargestSlotBytes / 2)
            return false;
        var sizeClass = Math.Max(SizeClasses.ClassOf(byteCount), SizeClasses.FirstExtent);
        if (!TryResize(place.Segment, place.Granule, sizeClass))
            return false;
        place.ByteCount = (nuint)SizeClasses.BytesOf(sizeClass);
        return true;
    }

    // A place that is not live yet, or null.
    private void* Find(nuint byteCount, nuint alignment, out bool isZero, out string? why)
    {
        // A slot lies at a multiple of its size from the beginning of a page.
        var stride = PageMap.RoundUp(Math.Max(byteCount, 1), alignment);
        var isSlot = stride <= SizeClasses.LargestSlotBytes;
        var sizeClass = SizeClasses.ClassOf(isSlot ? stride : byteCount);
        if (!isSlot)
            sizeClass = Math.Max(sizeClass, SizeClasses.FirstExtent);
        var address = isSlot || alignment <= Heap.DefaultAlignment
            ? Take(sizeClass, out isZero, out why)
            : TakeAligned(sizeClass, alignment, out isZero, out why);
        // Where not even a page is left for a slab, a gap between extents may do.
        return address == null && isSlot && alignment <= Heap.DefaultAlignment
            ? Take(SizeClasses.FirstExtent, out isZero, out _)
            : address;
    }
}
