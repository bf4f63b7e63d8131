namespace Arena.Pools;

/// <summary>The steps in which the slow calls of the two heaps differ.</summary>
internal unsafe interface IHeapPlaces
{
    HeapBlocks Blocks { get; }

    /// <summary>Takes memory and notifies observers. Returns null, and why, when out of memory or refused.</summary>
    void* TakePlace(nuint byteCount, nuint alignment, in SourceLine caller, out bool isZero, out string? why);

    /// <summary>Returns the thread heap of a live place if the calling thread may change it.</summary>
    ThreadHeap? OwnerOf(in HeapPlace place);

    void GiveBack(in HeapPlace place);
}

/// <summary>The slow calls that <see cref="Heap"/> and <see cref="SharedHeap"/> share.</summary>
internal static unsafe class HeapCalls
{
    /// <summary>
    /// Notifies observers of memory that was taken. Returns null, and why, if none was taken, or if it has more bytes
    /// than were requested and a veto refuses them.
    /// </summary>
    public static void* Report<THeap>(
        THeap heap, void* address, nuint asked, nuint granted, in SourceLine caller, ref string? why)
        where THeap : Allocator, IHeapPlaces
    {
        if (!heap.IsObserved)
            return address;
        if (address == null)
        {
            heap.Withdraw();
            return null;
        }
        // An extent may take the place of a slot, and is larger.
        if (granted > asked && (why = heap.WhyRefused(granted)) is not null)
        {
            heap.GiveBack(heap.Blocks.FindLive(address));
            return null;
        }
        heap.NotifyIfWanted(address, granted, in caller);
        return address;
    }

    /// <summary>Resizes in place, or else moves. Returns null, and why, if neither is possible.</summary>
    public static void* Resize<THeap>(THeap heap, void* address, nuint byteCount, in SourceLine caller, out string? why)
        where THeap : GeneralAllocator, IHeapPlaces
    {
        if (address == null)
            return heap.TakePlace(byteCount, Align.Default, in caller, out _, out why);
        if (heap.IsGuarded(address, out var guard))
            return heap.ResizeGuarded(guard, address, byteCount, in caller, out why);
        heap.ThrowIfDisposed();
        var blocks = heap.Blocks;
        var place = blocks.FindLive(address);
        var oldBytes = place.ByteCount;
        why = heap.WhyGrowthRefused(oldBytes, blocks.GrantedBytes(byteCount, Align.Default));
        if (why is not null)
            return null;
        var owner = heap.OwnerOf(in place);
        using var call = new OwnerCall(owner);
        if (blocks.FitsInPlace(ref place, byteCount, owner))
            return Resized(heap, ref place, oldBytes, owner, in caller);
        var moved = heap.TakePlace(byteCount, Align.Default, in caller, out _, out why);
        if (moved == null)
        {
            // Moving would only have saved memory. A smaller size never fails: the allocation stays where it is.
            if (byteCount > oldBytes)
                return null;
            why = null;
            return blocks.ShrinksInPlace(ref place, byteCount, owner)
                ? Resized(heap, ref place, oldBytes, owner, in caller)
                : address;
        }
        Buffer.MemoryCopy(address, moved, byteCount, Math.Min(place.ByteCount, byteCount));
        if (heap.NotifyMoved(address, oldBytes, in caller) is { } refused)
            heap.UndoAndThrow(moved, byteCount, refused);
        heap.GiveBack(in place);
        return moved;
    }

    // Reports a resize in place; the place has its new size already.
    private static void* Resized<THeap>(
        THeap heap, ref HeapPlace place, nuint oldBytes, ThreadHeap? owner, in SourceLine caller)
        where THeap : Allocator, IHeapPlaces
    {
        var failure = heap.NotifyResized(place.Address, oldBytes, place.Address, place.ByteCount, in caller);
        if (failure is not null)
        {
            // The memory that it grew into, or left, is still behind it.
            heap.Blocks.Restore(ref place, oldBytes, owner);
            Throw.If(failure);
        }
        return place.Address;
    }
}
