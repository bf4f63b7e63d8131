namespace Arena;

/// <summary>An observer that keeps state of its own for each allocator.</summary>
internal interface ILinkedObserver : IAllocationObserver
{
    /// <summary>Returns the watch of an allocator, the same one each time while it is attached.</summary>
    ObserverLink LinkOf(Allocator allocator);
}
