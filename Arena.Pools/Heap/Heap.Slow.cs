using System.Runtime.CompilerServices;

namespace Arena.Pools;

// Empty and full magazines, large blocks, observers, and every way to be called wrongly.
public sealed unsafe partial class Heap
{
    private const nuint LargestExtentAlignment = 64 << 10;

    private int _largeCount;
    private nuint _largeBytes;

    internal override void ObserversChanged()
    {
        if (_core is null || IsDisposed)
            return;
        if (!_core.Magazines.IsOpen)
            _core.Magazines.Open();
        // While somebody watches, the fast paths see a heap that has nothing, and the slow ones use the magazines.
        _hot = IsObserved ? HotHeap.Gone : _core.Hot;
    }

    internal override bool AsksGate => true;

    internal override LiveTotals CountLive() => IsDisposed ? default : new LiveTotals(LiveCount, LiveBytes);

    internal override LeakNotice? FindLeaks()
    {
        if (_core is null || LiveCount == 0)
            return null;
        List<nuint> addresses = [];
        foreach (var allocation in Allocations())
        {
            addresses.Add((nuint)allocation.Address);
            if (addresses.Count == LeakNotice.MaximumAddresses)
                break;
        }
        return Notice(LiveCount, LiveBytes, addresses);
    }

    internal override void Close()
    {
        _hot = HotHeap.Gone;
        _largeCount = 0;
        _largeBytes = 0;
        _map.GiveBackAll();
    }

    /// <summary>
    /// The next block of this heap in address order, from a distance from the arena's base on, which it moves behind
    /// it: a large allocation, or (then <paramref name="segment"/> is not null) a segment's beginning.
    /// </summary>
    internal bool NextBlock(ref nuint from, out Block block, out Segment* segment)
    {
        ThrowIfDisposed();
        while (Arena.NextBlock(OwnerToken, from, out block))
        {
            from = (nuint)block.Address - (nuint)Arena.Base + block.ByteCount;
            segment = _map.Find(block.Address);
            segment = segment == block.Address ? segment : null;
            if (segment != null || !IsOwnBlock(block.Address))
                return true;
        }
        segment = null;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateSlowly(nuint byteCount, nuint alignment, string file, int line, string member)
    {
        var address = TakePlace(byteCount, alignment, file, line, member, out _, out var why);
        if (address == null)
            Throw.OutOfMemory(this, byteCount, why!);
        return address;
    }

    private void* TakePlace(
        nuint byteCount, nuint alignment, string file, int line, string member, out bool isZero, out string? why)
    {
        isZero = false;
        why = null;
        if (!IsAlignment(alignment))
            Throw.NotPowerOfTwo(alignment);
        void* address = null;
        if (byteCount <= SizeClasses.LargestBytes && alignment <= DefaultAlignment)
            address = HotHeap.Pop(_hot, (nuint)SizeClasses.ClassOf(byteCount));
        if (address != null)
            return address;
        ThrowIfDisposed();
        why = WhyRefused(byteCount);
        if (why is not null)
            return null;
        alignment = Math.Max(alignment, DefaultAlignment);
        address = byteCount > SizeClasses.LargestBytes || alignment > LargestExtentAlignment
            ? TakeLarge(byteCount, alignment, out isZero, out why)
            : TakeOfClass(byteCount, alignment, out isZero, out why);
        if (address != null && IsObserved)
            TellIfWanted(address, UsableBytes(address), file, line, member);
        return address;
    }

    private void* TakeOfClass(nuint byteCount, nuint alignment, out bool isZero, out string? why)
    {
        // A slot lies at a multiple of its size from the beginning of a page.
        var stride = PageMap.RoundUp(Math.Max(byteCount, 1), alignment);
        var isSlot = stride <= SizeClasses.LargestSlotBytes;
        var sizeClass = SizeClasses.ClassOf(isSlot ? stride : byteCount);
        if (!isSlot)
            sizeClass = Math.Max(sizeClass, SizeClasses.FirstExtent);
        var address = isSlot || alignment <= DefaultAlignment
            ? _core!.Take(sizeClass, out isZero, out why)
            : _core!.TakeAligned(sizeClass, alignment, out isZero, out why);
        // Where not even a page is left for a slab, a gap between extents may do.
        if (address == null && isSlot && alignment <= DefaultAlignment)
            address = _core!.Take(SizeClasses.FirstExtent, out isZero, out _);
        if (address == null)
            return null;
        var segment = _map.Find(address);
        segment->SetLive(segment->GranuleOf(address));
        return address;
    }

    private void* TakeLarge(nuint byteCount, nuint alignment, out bool isZero, out string? why)
    {
        why = Arena.Lend(byteCount, alignment, OwnerToken, out var block, out isZero);
        if (why is not null)
            return null;
        _largeCount++;
        _largeBytes += block.ByteCount;
        return block.Address;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeSlowly(void* address)
    {
        if (address == null)
            return;
        var place = FindLive(address);
        TellFreedIfWanted(address, place.ByteCount);
        if (place.Segment == null)
        {
            _largeCount--;
            _largeBytes -= place.ByteCount;
            Arena.TakeBack(new Block(address, place.ByteCount), OwnerToken);
            return;
        }
        _core!.Put(place.Segment, place.Granule, place.SizeClass);
    }

    // The place of a live allocation; everything else is refused.
    private Place FindLive(void* address)
    {
        ThrowIfDisposed();
        var place = new Place { Address = address, Segment = _map.Find(address) };
        if (place.Segment != null && ((nuint)address & (DefaultAlignment - 1)) == 0)
        {
            place.Granule = place.Segment->GranuleOf(address);
            place.SizeClass = place.Segment->ClassOf(place.Granule);
            place.ByteCount = (nuint)SizeClasses.BytesOf(place.SizeClass);
            if (place.Segment->IsLive(place.Granule))
                return place;
        }
        if (!Arena.IsBlock(address, OwnerToken, out var block) || IsOwnBlock(address))
            Throw.InvalidFree(this, address, WhyNotLive(address));
        return new Place { Address = address, ByteCount = block.ByteCount };
    }

    // Blocks that are no allocations but hold them, or what is known of them.
    private bool IsOwnBlock(void* block) => _core!.IsStore(block) || _map.Find(block) != null;

    private string WhyNotLive(void* address)
    {
        return _map.Find(address) != null
            ? "no live allocation starts there: it was freed already, or is no address that Allocate gave."
            : $"it is not an allocation of this heap; {Arena.Describe(address)}.";
    }

    // A slot stays while half of it is used. An extent shrinks where it lies, and grows into a gap behind it. A block
    // shrinks by its last pages and grows into free ones behind it.
    private bool FitsInPlace(ref Place place, nuint byteCount)
    {
        if (place.Segment == null)
            return byteCount > SizeClasses.LargestBytes && ResizeLarge(ref place, byteCount);
        if (place.SizeClass < SizeClasses.FirstExtent)
            return byteCount <= place.ByteCount && (byteCount > place.ByteCount / 2 || place.SizeClass == 0);
        if (byteCount > SizeClasses.LargestBytes || byteCount <= SizeClasses.LargestSlotBytes / 2)
            return false;
        var sizeClass = Math.Max(SizeClasses.ClassOf(byteCount), SizeClasses.FirstExtent);
        if (byteCount > place.ByteCount)
            ThrowIfRefused(byteCount - place.ByteCount);
        if (!_core!.TryResize(place.Segment, place.Granule, sizeClass))
            return false;
        place.ByteCount = (nuint)SizeClasses.BytesOf(sizeClass);
        return true;
    }

    private bool ResizeLarge(ref Place place, nuint byteCount)
    {
        var old = new Block(place.Address, place.ByteCount);
        if (byteCount > old.ByteCount)
            ThrowIfRefused(byteCount - old.ByteCount);
        if (!Arena.TryResize(old, OwnerToken, byteCount, out var block))
            return false;
        _largeBytes = _largeBytes + block.ByteCount - old.ByteCount;
        place.ByteCount = block.ByteCount;
        return true;
    }

    // Where a live allocation lies; no segment for a block of the arena.
    private struct Place
    {
        public void* Address;
        public Segment* Segment;
        public int Granule;
        public int SizeClass;
        public nuint ByteCount;
    }
}
