namespace Arena;

/// <summary>
/// Is told of every allocation and free of an arena's allocators while it is attached
/// (<see cref="PageArena.Attach"/>); while nothing is attached an allocation executes no instruction for it.
/// </summary>
/// <remarks>
/// The calls come on the thread that allocates or frees: an allocation is told when it was made, a free when it is
/// known to be good. An observer must not allocate from, free to or dispose the allocator that tells it.
/// </remarks>
public interface IAllocationObserver
{
    /// <summary>
    /// An allocation was made, or one was resized in place: then <see cref="Freed"/> told of it just before.
    /// </summary>
    void Allocated(in AllocationEvent allocation);

    /// <summary>The allocation at <paramref name="address"/> was freed.</summary>
    void Freed(Allocator allocator, nuint address);

    /// <summary>Everything in <paramref name="allocator"/> died at once: it was cleared or disposed.</summary>
    void Cleared(Allocator allocator);
}
