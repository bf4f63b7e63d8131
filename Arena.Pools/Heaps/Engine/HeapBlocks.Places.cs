namespace Arena.Pools;

// Finds what lies at an address, and walks everything in address order.
internal unsafe partial class HeapBlocks
{
    private const string NothingThere = "nothing is allocated there: it was already freed, or never allocated.";

    /// <summary>Returns the place of a live allocation, and throws for everything else.</summary>
    public HeapPlace FindLive(void* address)
    {
        if (!TryFindLive(address, out var place))
            Throw.InvalidFree(_owner, address, WhyNotLive(address));
        return place;
    }

    /// <summary>The place of a live allocation; false for every other address.</summary>
    public bool TryFindLive(void* address, out HeapPlace place)
    {
        using var visit = new SegmentVisit(NumberOfVisits);
        place = new HeapPlace { Address = address, Segment = Find(address) };
        if (place.Segment != null && ((nuint)address & (Align.Default - 1)) == 0)
        {
            place.Granule = place.Segment->GranuleOf(address);
            place.SizeClass = place.Segment->ClassOf(place.Granule);
            place.ByteCount = (nuint)SizeClasses.BytesOf(place.SizeClass);
            if (place.Segment->IsLive(place.Granule))
                return true;
        }
        var isBlock = Arena.IsBlock(address, _owner.OwnerToken, out var block) && !IsOwnBlock(address);
        place = new HeapPlace { Address = address, ByteCount = block.ByteCount };
        return isBlock;
    }

    /// <summary>
    /// Returns whether an allocation can get another size where it lies: a slot stays while half of it is used, an
    /// extent shrinks and grows with the gap behind it, a block with its pages.
    /// </summary>
    /// <param name="place">The allocation's place, which is updated with the granted size.</param>
    /// <param name="byteCount">The bytes requested.</param>
    /// <param name="threadHeap">
    /// The owner of its segment, if that is the calling thread: no other can change it.
    /// </param>
    public bool FitsInPlace(ref HeapPlace place, nuint byteCount, ThreadHeap? threadHeap)
    {
        if (place.Segment == null && IsLarge(byteCount, Align.Default))
            return TryResizeLarge(ref place, byteCount);
        // A block may take the place of a segment that did not fit; it stays while half of it is used.
        if (place.Segment == null)
        {
            var stays = byteCount <= place.ByteCount && byteCount > place.ByteCount / 2
                && place.ByteCount <= SegmentBytes / 2;
            if (stays)
                TryResizeLarge(ref place, byteCount);
            return stays;
        }
        return place.SizeClass >= SizeClasses.FirstExtent && threadHeap is not null
            ? threadHeap.TryResize(ref place, byteCount)
            : byteCount <= place.ByteCount && (byteCount > place.ByteCount / 2 || place.SizeClass == 0);
    }

    /// <summary>Undoes a change of size in place.</summary>
    public void Restore(ref HeapPlace place, nuint oldBytes, ThreadHeap? threadHeap)
    {
        if (place.Segment == null)
            TryResizeLarge(ref place, oldBytes);
        else
            FitsInPlace(ref place, oldBytes, threadHeap);
    }

    /// <summary>
    /// Shrinks an allocation that should move but cannot: gives back what lies behind the new size, as far as its kind
    /// of place can get smaller. Returns false if nothing changed.
    /// </summary>
    public bool ShrinksInPlace(ref HeapPlace place, nuint byteCount, ThreadHeap? threadHeap)
    {
        var oldBytes = place.ByteCount;
        if (place.Segment == null)
            return TryResizeLarge(ref place, byteCount) && place.ByteCount < oldBytes;
        return place.SizeClass > SizeClasses.FirstExtent && threadHeap is not null
            && threadHeap.TryResize(ref place, nuint.Max(byteCount, SizeClasses.LargestSlotBytes));
    }

    /// <summary>
    /// Finds the next block in address order at or after a distance from the arena's base, and moves the distance
    /// behind it. The block is a large allocation, or (then <paramref name="segment"/> is not null) the beginning of a
    /// segment.
    /// </summary>
    public bool NextBlock(ref nuint from, out Block block, out Segment* segment)
    {
        _owner.ThrowIfDisposed();
        while (Arena.NextBlock(_owner.OwnerToken, from, out block))
        {
            from = (nuint)block.Address - (nuint)Arena.Base + block.ByteCount;
            segment = Find(block.Address);
            segment = segment == block.Address ? segment : null;
            if (segment != null || !IsOwnBlock(block.Address))
                return true;
        }
        segment = null;
        return false;
    }

    /// <summary>Segments taken from the arena.</summary>
    public int SegmentCount => Volatile.Read(ref _segments).Count(segment => segment != 0);

    /// <summary>Live allocations, counted from the live bits.</summary>
    public long CountLive()
    {
        using var visit = new SegmentVisit(NumberOfVisits);
        long count = LargeCount;
        foreach (var segment in Volatile.Read(ref _segments))
        {
            if (segment != 0)
                count += ((Segment*)segment)->CountLive(0, ((Segment*)segment)->GranuleCount);
        }
        return count;
    }

    /// <summary>Bytes granted to all live allocations.</summary>
    public nuint SumLive()
    {
        using var visit = new SegmentVisit(NumberOfVisits);
        var bytes = LargeBytes;
        foreach (var segment in Volatile.Read(ref _segments))
        {
            if (segment != 0)
                bytes += ((Segment*)segment)->SumLive();
        }
        return bytes;
    }

    /// <summary>Counts where the bytes are; see <see cref="Heap.Fragmentation"/>.</summary>
    public HeapFragmentation Tally(nuint committedBytes, Span<SizeClassUse> bySizeClass)
    {
        if (!bySizeClass.IsEmpty && bySizeClass.Length < SizeClasses.Count)
        {
            throw new ArgumentException(
                $"{_owner.Label}: {bySizeClass.Length} places are too few; give none, or {SizeClasses.Count}.",
                nameof(bySizeClass));
        }
        bySizeClass.Clear();
        using var visit = new SegmentVisit(NumberOfVisits);
        var tally = new SegmentTally { Classes = bySizeClass };
        foreach (var segment in _segments)
        {
            if (segment != 0)
                ((Segment*)segment)->Count(ref tally);
        }
        return new HeapFragmentation
        {
            CommittedBytes = committedBytes,
            LiveCount = SegmentTally.Clamp(tally.LiveCount + LargeCount),
            LiveBytes = tally.LiveBytes + LargeBytes,
            InternalBytesAtMost = tally.InternalBytesAtMost + (nuint)LargeCount * (Arena.OsPageBytes - 1),
            FreeBytes = tally.FreeBytes,
            LargestFreeBytes = tally.LargestFreeBytes,
        };
    }

    /// <summary>Returns, for messages, why no live allocation starts at an address.</summary>
    public string WhyNotLive(void* address)
    {
        using var visit = new SegmentVisit(NumberOfVisits);
        try
        {
            return WhyNotLiveNow(address);
        }
        catch (Exception failure) when (IsShared && failure is ArgumentException or IndexOutOfRangeException)
        {
            // The owner may change the segment while it is read here, so that its tables do not agree.
            return NothingThere;
        }
    }

    private string WhyNotLiveNow(void* address)
    {
        var segment = Find(address);
        if (segment == null)
            return WhyNoBlock(address);
        if (!segment->FindAround(segment->GranuleOf(address), out var start))
            return NothingThere;
        var place = segment->AddressOf(start);
        var byteCount = (nuint)SizeClasses.BytesOf(segment->ClassOf(start));
        if (place == address)
            return "it was already freed.";
        return segment->IsLive(start)
            ? Inside(address, place, byteCount)
            : $"it lies {(byte*)address - place} bytes inside {byteCount} bytes at 0x{(nuint)place:x} that were "
                + "already freed, or never allocated.";
    }

    private string WhyNoBlock(void* address)
    {
        var isInBlock = Arena.IsInBlock(address, _owner.OwnerToken, out var block);
        if (isInBlock && !IsOwnBlock(block.Address))
            return Inside(address, (byte*)block.Address, block.ByteCount);
        return isInBlock || Arena.IsFree(address)
            ? NothingThere
            : $"it is not an allocation of this {_owner.Kind}; {Arena.Describe(address)}.";
    }

    private static string Inside(void* address, byte* place, nuint byteCount) =>
        $"it lies {(byte*)address - place} bytes inside a live allocation of {byteCount} bytes at 0x{(nuint)place:x}; "
        + "free that address.";

    // Returns whether a block is no allocation, but holds allocations or tables of the heap.
    private bool IsOwnBlock(void* block)
    {
        if (Find(block) != null)
            return true;
        // A segment may just be entering the table, or leaving it.
        lock (_lock)
            return _stores.Contains((nint)block) || Find(block) != null;
    }
}
