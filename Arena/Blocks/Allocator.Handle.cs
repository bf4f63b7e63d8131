namespace Arena;

// How containers know an allocator: by a handle that is made when one asks for it.
public abstract unsafe partial class Allocator
{
    private AllocatorHandle _handle;

    /// <summary>The handle of an allocator of any size, the same one every time.</summary>
    internal static AllocatorHandle HandleOf<TSource>(TSource? allocator)
        where TSource : Allocator, IMemorySource
    {
        ArgumentNullException.ThrowIfNull(allocator);
        return AllocatorTable.HandleOf(allocator, ref allocator._handle);
    }

    private void EndHandle() => AllocatorTable.Remove(_handle);
}
