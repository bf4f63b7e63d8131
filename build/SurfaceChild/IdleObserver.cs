using Arena;

namespace SurfaceChild;

/// <summary>An observer that does nothing.</summary>
internal sealed class IdleObserver : IAllocationObserver
{
    public void Allocated(in AllocationEvent allocation)
    {
    }

    public void Freed(Allocator allocator, nuint address, nuint byteCount)
    {
    }

    public void Cleared(Allocator allocator)
    {
    }
}
