namespace Arena;

/// <summary>
/// Is notified of every allocation and free of an arena and its allocators while it is attached
/// (<see cref="PageArena.Attach"/>). While nothing is attached, an allocation executes no instruction for it.
/// </summary>
/// <remarks>
/// <para>
/// The thread that allocates or frees makes the calls: for an allocation once it was made, for a free once it is known
/// to be valid and before the memory can be handed out again. An observer must not allocate from, free to or
/// dispose the allocator that notifies it. An observer that is also an <see cref="IAllocationVeto"/> is asked before
/// each allocation.
/// </para>
/// <para>
/// No lock of the arena or of an allocator is held during a call. So an observer may take locks of its own, wait for
/// other threads whatever they ask of the arena, and attach and detach observers, including itself.
/// </para>
/// <para>
/// What an observer throws passes to the caller once every other observer was notified and nothing is half done:
/// an allocation was undone, and all observers, including that one, were notified of it as a free; a free, a Clear or a
/// Dispose is complete; a reallocation did not happen, and the allocation keeps its place and size. Of
/// several exceptions the first one passes. What <see cref="Failed"/> throws is dropped: the call fails as it was about
/// to. What <see cref="IAllocationVeto.WhyRefused"/> throws passes before anything is done.
/// </para>
/// </remarks>
public interface IAllocationObserver
{
    /// <summary>
    /// An allocation was made, or one was resized in place: then <see cref="Freed"/> was called just before.
    /// </summary>
    void Allocated(in AllocationEvent allocation);

    /// <summary>
    /// The allocation at <paramref name="address"/> was freed, <paramref name="byteCount"/> bytes as granted.
    /// </summary>
    void Freed(Allocator allocator, nuint address, nuint byteCount);

    /// <summary>Everything in <paramref name="allocator"/> died at once: it was cleared or disposed.</summary>
    void Cleared(Allocator allocator);

    /// <summary>
    /// The allocation at <paramref name="oldAddress"/> lies at <paramref name="address"/> now, because its heap was
    /// compacted; it lives on. An observer that does not implement it is notified of a free and of an allocation
    /// without a line.
    /// </summary>
    void Moved(Allocator allocator, nuint oldAddress, nuint address, nuint byteCount)
    {
        Freed(allocator, oldAddress, byteCount);
        Allocated(new AllocationEvent(allocator, address, byteCount, "", 0, ""));
    }

    /// <summary>A call is refused: this exception, whose message names all values, is about to be thrown.</summary>
    void Failed(PageArena arena, Exception failure)
    {
    }
}
