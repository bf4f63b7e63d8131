namespace Arena;

/// <summary>
/// Receives every allocation and free of an arena and its allocators while it is attached
/// (<see cref="PageArena.Attach"/>). While nothing is attached, an allocation executes no instruction for it.
/// </summary>
/// <remarks>
/// <para>
/// The calls are made on the thread that allocates or frees: for an allocation after it was made, for a free once it is
/// known to be valid and before the memory can be handed out again. An observer must not allocate from, free to or
/// dispose the allocator that notifies it. An observer that is also an <see cref="IAllocationVeto"/> is asked before
/// each allocation.
/// </para>
/// <para>
/// No lock of the arena or of an allocator is held during a call. So an observer may take locks of its own, wait for
/// other threads whatever they ask of the arena, and attach and detach observers, including itself.
/// </para>
/// <para>
/// An exception of an observer passes to the caller once every other observer was notified and nothing is half done:
/// an allocation was undone, and all observers, including that one, were notified of it as a free; a free, a Clear or a
/// Dispose is complete; a reallocation did not happen, and the allocation keeps its place and size. Of
/// several exceptions the first one passes. An exception of <see cref="Failed"/> is dropped, and the call fails with
/// its own. One of <see cref="IAllocationVeto.WhyRefused"/> passes before anything is done.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// arena.Attach(new Printer());
///
/// sealed class Printer : IAllocationObserver
/// {
///     public void Allocated(in AllocationEvent allocation) =&gt; Console.WriteLine(allocation);
///
///     public void Freed(Allocator allocator, nuint address, nuint byteCount) =&gt; Console.WriteLine($"-{byteCount}");
///
///     public void Cleared(Allocator allocator) =&gt; Console.WriteLine($"{allocator.Name} is empty");
/// }
/// </code>
/// </example>
public interface IAllocationObserver
{
    /// <summary>
    /// Called when an allocation was made, or resized in place: then <see cref="Freed"/> was called just before.
    /// </summary>
    void Allocated(in AllocationEvent allocation);

    /// <summary>
    /// Called when the allocation at <paramref name="address"/> was freed, <paramref name="byteCount"/> bytes as
    /// granted.
    /// </summary>
    void Freed(Allocator allocator, nuint address, nuint byteCount);

    /// <summary>
    /// Called when everything in <paramref name="allocator"/> died at once, because it was cleared or disposed.
    /// </summary>
    void Cleared(Allocator allocator);

    /// <summary>
    /// Called when a compaction of its heap moved the live allocation at <paramref name="oldAddress"/> to
    /// <paramref name="address"/>. An observer that does not implement it is notified of a free and of an allocation
    /// without a line.
    /// </summary>
    void Moved(Allocator allocator, nuint oldAddress, nuint address, nuint byteCount)
    {
        Freed(allocator, oldAddress, byteCount);
        Allocated(new AllocationEvent(allocator, address, byteCount, "", 0, ""));
    }

    /// <summary>Called when this exception, whose message names all values, is about to be thrown.</summary>
    void Failed(PageArena arena, Exception failure)
    {
    }
}
