namespace Arena;

/// <summary>Tells an observer in the words of its interface.</summary>
internal sealed class ObserverWatch(Allocator allocator, IAllocationObserver observer) : AllocatorWatch
{
    public override void Allocated(nuint address, nuint byteCount, string file, int line, string member)
    {
        var allocation = new AllocationEvent(allocator, address, byteCount, file, line, member);
        observer.Allocated(in allocation);
    }

    public override void Freed(nuint address, nuint byteCount) => observer.Freed(allocator, address, byteCount);

    public override void Cleared() => observer.Cleared(allocator);
}
