namespace Arena;

/// <summary>
/// An observer that may refuse an allocation: while attached, it is asked before each one is made. A refused allocation
/// ends as if out of memory: <c>Allocate</c> throws, <c>TryAllocate</c> returns false.
/// </summary>
public interface IAllocationVeto : IAllocationObserver
{
    /// <summary>
    /// Null, or why these bytes are refused: a clause that ends the sentence "pool 'bullets' cannot serve 64
    /// bytes:", with the ceiling, what stands against it, and the remedy.
    /// </summary>
    /// <param name="allocator">The allocator that would serve it.</param>
    /// <param name="byteCount">
    /// Bytes that would be granted, the request rounded up, as <see cref="IAllocationObserver.Allocated"/> would then
    /// report them; or those by which a live allocation would grow in place.
    /// </param>
    string? WhyRefused(Allocator allocator, nuint byteCount);

    /// <summary>
    /// The allocation that the calling thread asked for last is not made after all: memory is out, or another veto
    /// refused it. A veto that counts what it permits takes it back here.
    /// </summary>
    void Withdrawn(Allocator allocator)
    {
    }
}
