namespace Arena.Pools;

// The heap as an allocator of containers.
public sealed unsafe partial class SharedHeap
{
    /// <summary>Returns the heap's handle, for a container.</summary>
    /// <exception cref="ArgumentNullException">The heap is null.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(SharedHeap heap) => HandleOf(heap);
}
