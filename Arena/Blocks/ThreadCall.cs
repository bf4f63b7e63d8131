namespace Arena;

/// <summary>The time that a thread is inside an allocator for one thread; the default is none.</summary>
internal readonly ref struct ThreadCall
{
    private readonly Allocator? _allocator;

    public ThreadCall(Allocator allocator)
    {
        allocator.Enter();
        _allocator = allocator;
    }

    public void Dispose() => _allocator?.Leave();
}
