namespace Arena;

/// <summary>An observer that keeps something of its own for each allocator.</summary>
internal interface IWatchingObserver : IAllocationObserver
{
    /// <summary>The watch of an allocator, the same one each time while it is attached.</summary>
    AllocatorWatch WatchOf(Allocator allocator);
}
