namespace Arena.Pools;

// What containers know it by.
public sealed unsafe partial class SharedHeap
{
    /// <summary>Its handle, for a container.</summary>
    /// <exception cref="ArgumentNullException">The heap is null.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(SharedHeap heap) => HandleOf(heap);
}
