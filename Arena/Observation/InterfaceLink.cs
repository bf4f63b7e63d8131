namespace Arena;

/// <summary>Notifies an observer through its interface, and catches its exceptions.</summary>
internal sealed class InterfaceLink(Allocator allocator, IAllocationObserver observer) : ObserverLink
{
    public override Exception? Allocated(nuint address, nuint byteCount, in SourceLine caller)
    {
        try
        {
            observer.Allocated(new AllocationEvent(
                allocator, address, byteCount, caller.File, caller.Line, caller.Member));
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    public override Exception? Freed(nuint address, nuint byteCount)
    {
        try
        {
            observer.Freed(allocator, address, byteCount);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    public override Exception? Cleared()
    {
        try
        {
            observer.Cleared(allocator);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    public override Exception? Moved(nuint oldAddress, nuint address, nuint byteCount)
    {
        try
        {
            observer.Moved(allocator, oldAddress, address, byteCount);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }
}
