namespace Arena;

/// <summary>
/// Is notified of every allocation and free of an arena and its allocators while it is attached
/// (<see cref="PageArena.Attach"/>); while nothing is attached an allocation executes no instruction for it.
/// </summary>
/// <remarks>
/// <para>
/// The calls come on the thread that allocates or frees: an allocation is notified when it was made, a free when it is
/// known to be good and before the memory can be handed out again. An observer must not allocate from, free to or
/// dispose the allocator that notifies it. An observer that is an <see cref="IAllocationVeto"/> too is also asked
/// before.
/// </para>
/// <para>
/// No lock of the arena or of an allocator is held during a call. So an observer may take locks of its own, may wait
/// for other threads, whatever they ask of the arena, and may attach and detach observers, itself too.
/// </para>
/// <para>
/// What an observer throws passes to the caller, once every other observer was notified and nothing is half done:
/// an allocation was undone, which all observers were notified of as a free, that one included; a free, a Clear or a
/// Dispose is complete; a reallocation did not happen, the allocation is where it was and as large as it was. Of
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

    /// <summary>A call is refused: this exception, whose message names everything, is about to be thrown.</summary>
    void Failed(PageArena arena, Exception failure)
    {
    }
}
