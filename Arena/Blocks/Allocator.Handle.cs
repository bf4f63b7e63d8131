namespace Arena;

// The handle by which containers know an allocator, made when a container first asks for it.
public abstract unsafe partial class Allocator
{
    private AllocatorHandle _handle;

    /// <summary>Returns the handle of an allocator, the same one every time.</summary>
    internal static AllocatorHandle HandleOf<TSource>(TSource? allocator)
        where TSource : Allocator, IMemorySource
    {
        ArgumentNullException.ThrowIfNull(allocator);
        return AllocatorTable.HandleOf(allocator, ref allocator._handle);
    }

    private void EndHandle() => AllocatorTable.Remove(_handle);
}
