namespace Arena.Diagnostics;

/// <summary>Counts allocations and writes events for them, while it is attached to an arena.</summary>
internal sealed class AllocationNotifier(string heap) : IAllocationObserver
{
    private long _count;
    private long _bytes;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>True if it writes events: of several that observe one arena, only one does.</summary>
    public bool WritesEvents { get; set; }

    public long Bytes => Interlocked.Read(ref _bytes);

    void IAllocationObserver.Allocated(in AllocationEvent allocation)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, (long)allocation.ByteCount);
        if (WritesEvents && ArenaEventSource.Log.NotifiesAllocations)
        {
            ArenaEventSource.Log.Allocated(
                heap, allocation.Allocator.Name, allocation.Address, allocation.ByteCount, allocation.File,
                allocation.Line, allocation.Member);
        }
    }

    void IAllocationObserver.Freed(Allocator allocator, nuint address, nuint byteCount)
    {
        if (WritesEvents && ArenaEventSource.Log.NotifiesFrees)
            ArenaEventSource.Log.Freed(heap, allocator.Name, address);
    }

    // It counts requests, and a move is none.
    void IAllocationObserver.Moved(Allocator allocator, nuint oldAddress, nuint address, nuint byteCount)
    {
        if (!WritesEvents)
            return;
        if (ArenaEventSource.Log.NotifiesFrees)
            ArenaEventSource.Log.Freed(heap, allocator.Name, oldAddress);
        if (ArenaEventSource.Log.NotifiesAllocations)
            ArenaEventSource.Log.Allocated(heap, allocator.Name, address, byteCount, "", 0, "");
    }

    void IAllocationObserver.Cleared(Allocator allocator)
    {
        if (WritesEvents && ArenaEventSource.Log.NotifiesFrees)
            ArenaEventSource.Log.Cleared(heap, allocator.Name);
    }
}
