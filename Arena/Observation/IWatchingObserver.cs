namespace Arena;

/// <summary>An observer that keeps state of its own for each allocator.</summary>
internal interface IWatchingObserver : IAllocationObserver
{
    /// <summary>Returns the watch of an allocator, the same one each time while it is attached.</summary>
    AllocatorWatch WatchOf(Allocator allocator);
}
