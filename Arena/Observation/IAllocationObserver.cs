namespace Arena;

/// <summary>
/// Is told of every allocation and free of an arena and its allocators while it is attached
/// (<see cref="PageArena.Attach"/>); while nothing is attached an allocation executes no instruction for it.
/// </summary>
/// <remarks>
/// The calls come on the thread that allocates or frees: an allocation is told when it was made, a free when it is
/// known to be good and before the memory can be handed out again. An observer must not allocate from, free to or
/// dispose the allocator that tells it. An observer that is an <see cref="IAllocationVeto"/> too is also asked before.
/// </remarks>
public interface IAllocationObserver
{
    /// <summary>
    /// An allocation was made, or one was resized in place: then <see cref="Freed"/> told of it just before.
    /// </summary>
    void Allocated(in AllocationEvent allocation);

    /// <summary>
    /// The allocation at <paramref name="address"/> was freed, <paramref name="byteCount"/> bytes as granted.
    /// </summary>
    void Freed(Allocator allocator, nuint address, nuint byteCount);

    /// <summary>Everything in <paramref name="allocator"/> died at once: it was cleared or disposed.</summary>
    void Cleared(Allocator allocator);

    /// <summary>A call is refused: this exception, whose message names everything, is about to be thrown.</summary>
    void Failed(PageArena arena, Exception failure)
    {
    }
}
