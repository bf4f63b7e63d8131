namespace Arena.Pools;

/// <summary>
/// A heap for many threads, as a C library sees it. In place of file and member an observer is told the client
/// and the entry.
/// </summary>
internal sealed unsafe class LentSharedHeap(SharedHeap heap) : ILentAllocator
{
    private const nuint AnyAlignment = 0;
    private const int NoLine = 0;

    public Allocator Allocator => heap;

    public bool ServesEveryThread => true;

    public void* TryAllocate(nuint byteCount, nuint alignment, string client, string entry) =>
        heap.TryAllocate(byteCount, alignment, out var address, client, NoLine, entry) ? address : null;

    public void* TryAllocateZeroed(nuint byteCount, string client, string entry) =>
        heap.TryAllocateZeroed(byteCount, AnyAlignment, out var address, client, NoLine, entry) ? address : null;

    public void* TryReallocate(void* address, nuint byteCount, string client, string entry) =>
        heap.TryReallocate(address, byteCount, out var moved, client, NoLine, entry) ? moved : null;

    public void Free(void* address) => heap.Free(address);

    public nuint UsableBytes(void* address) => heap.UsableBytes(address);
}
