namespace Arena;

/// <summary>
/// An observer that may refuse an allocation: while it is attached it is asked before each one is made. What it refuses
/// ends as any other want of memory does: <c>Allocate</c> throws, <c>TryAllocate</c> returns false.
/// </summary>
public interface IAllocationVeto : IAllocationObserver
{
    /// <summary>
    /// Null, or why these bytes must not be had: a clause that ends the sentence "pool 'bullets' cannot serve 64
    /// bytes:", with the ceiling, what stands against it, and the remedy.
    /// </summary>
    /// <param name="allocator">Who would serve it.</param>
    /// <param name="byteCount">
    /// Bytes that would be granted, the request rounded up: as many as <see cref="IAllocationObserver.Allocated"/> is
    /// notified of then; or those by which a live allocation would grow in place.
    /// </param>
    string? WhyRefused(Allocator allocator, nuint byteCount);
}
