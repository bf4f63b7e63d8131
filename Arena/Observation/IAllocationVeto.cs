namespace Arena;

/// <summary>
/// An observer that may refuse allocations: while attached, it is asked before each one is made. A refused allocation
/// fails like one that is out of memory: <c>Allocate</c> throws, <c>TryAllocate</c> returns false.
/// </summary>
/// <example>
/// <code>
/// arena.Attach(new Ceiling());
///
/// sealed class Ceiling : IAllocationVeto
/// {
///     public string? WhyRefused(Allocator allocator, nuint byteCount) =&gt;
///         byteCount &gt; 1 &lt;&lt; 20 ? "a mod may not have more than 1 MiB at once" : null;
///
///     public void Allocated(in AllocationEvent allocation) { }
///
///     public void Freed(Allocator allocator, nuint address, nuint byteCount) { }
///
///     public void Cleared(Allocator allocator) { }
/// }
/// </code>
/// </example>
public interface IAllocationVeto : IAllocationObserver
{
    /// <summary>
    /// Returns null, or why these bytes are refused: a clause that ends the sentence "pool 'bullets' cannot serve 64
    /// bytes:", with the limit, the bytes in use, and the remedy.
    /// </summary>
    /// <param name="allocator">The allocator that would serve it.</param>
    /// <param name="byteCount">
    /// The bytes that would be granted, which are the request rounded up, as
    /// <see cref="IAllocationObserver.Allocated"/> would report them; or the bytes by which a live allocation would
    /// grow in place.
    /// </param>
    string? WhyRefused(Allocator allocator, nuint byteCount);

    /// <summary>
    /// Called when the last allocation that the calling thread requested is not made, because memory ran out or another
    /// veto refused it. A veto that counts permitted bytes subtracts them here.
    /// </summary>
    void Withdrawn(Allocator allocator)
    {
    }
}
