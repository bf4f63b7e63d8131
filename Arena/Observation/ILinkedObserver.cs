namespace Arena;

/// <summary>An observer that keeps state for each allocator.</summary>
internal interface ILinkedObserver : IAllocationObserver
{
    /// <summary>Returns the link to an allocator, the same one each time while it is attached.</summary>
    ObserverLink LinkOf(Allocator allocator);
}
