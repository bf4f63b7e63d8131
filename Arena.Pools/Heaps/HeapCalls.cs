namespace Arena.Pools;

/// <summary>In what the two heaps differ where their slow calls are alike.</summary>
internal unsafe interface IHeapPlaces
{
    HeapBlocks Blocks { get; }

    /// <summary>Takes memory and notifies of it; null, and why, when out of memory or refused.</summary>
    void* TakePlace(
        nuint byteCount, nuint alignment, string file, int line, string member, out bool isZero, out string? why);

    /// <summary>The thread heap of a live place where the calling thread may change it.</summary>
    ThreadHeap? OwnerOf(in HeapPlace place);

    void GiveBack(in HeapPlace place);
}

/// <summary>The slow calls that <see cref="Heap"/> and <see cref="SharedHeap"/> have alike.</summary>
internal static unsafe class HeapCalls
{
    /// <summary>
    /// Notifies of what was taken: null, and why, if it was not taken, or has more bytes than were asked for and a veto
    /// refuses those.
    /// </summary>
    public static void* Report<THeap>(
        THeap heap, void* address, nuint asked, nuint granted, string file, int line, string member, ref string? why)
        where THeap : Allocator, IHeapPlaces
    {
        if (!heap.IsObserved)
            return address;
        if (address == null)
        {
            heap.Withdraw();
            return null;
        }
        // An extent in place of a slot.
        if (granted > asked && (why = heap.WhyRefused(granted)) is not null)
        {
            heap.GiveBack(heap.Blocks.FindLive(address));
            return null;
        }
        heap.NotifyIfWanted(address, granted, file, line, member);
        return address;
    }

    /// <summary>Resizes in place, or else moves; null, and why, where neither can be done.</summary>
    public static void* Resize<THeap>(
        THeap heap, void* address, nuint byteCount, string file, int line, string member, out string? why)
        where THeap : GeneralAllocator, IHeapPlaces
    {
        if (address == null)
            return heap.TakePlace(byteCount, Align.Default, file, line, member, out _, out why);
        if (heap.IsGuarded(address, out var guard))
            return heap.ResizeGuarded(guard, address, byteCount, file, line, member, out why);
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
            return Resized(heap, ref place, oldBytes, owner, file, line, member);
        var moved = heap.TakePlace(byteCount, Align.Default, file, line, member, out _, out why);
        if (moved == null)
        {
            // Moving would only have saved memory: a smaller size never fails, it stays where it is.
            if (byteCount > oldBytes)
                return null;
            why = null;
            return blocks.ShrinksInPlace(ref place, byteCount, owner)
                ? Resized(heap, ref place, oldBytes, owner, file, line, member)
                : address;
        }
        Buffer.MemoryCopy(address, moved, byteCount, Math.Min(place.ByteCount, byteCount));
        if (heap.NotifyMoved(address, oldBytes, file, line, member) is { } refused)
            heap.UndoAndThrow(moved, byteCount, refused);
        heap.GiveBack(in place);
        return moved;
    }

    // The place has its new size already.
    private static void* Resized<THeap>(
        THeap heap, ref HeapPlace place, nuint oldBytes, ThreadHeap? owner, string file, int line, string member)
        where THeap : Allocator, IHeapPlaces
    {
        var failure = heap.NotifyResized(place.Address, oldBytes, place.Address, place.ByteCount, file, line, member);
        if (failure is not null)
        {
            // What it grew into, or left, is still behind it.
            heap.Blocks.Restore(ref place, oldBytes, owner);
            Throw.If(failure);
        }
        return place.Address;
    }
}
