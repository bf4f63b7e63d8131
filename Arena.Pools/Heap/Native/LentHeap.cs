namespace Arena.Pools;

/// <summary>
/// A heap as a C library sees it. In place of file and member an observer is told the client and the entry.
/// </summary>
internal sealed unsafe class LentHeap(Heap heap) : ILentAllocator
{
    private const int NoLine = 0;

    public Allocator Allocator => heap;

    public bool ServesEveryThread => false;

    public void* TryAllocate(nuint byteCount, nuint alignment, string client, string entry) =>
        heap.TryAllocate(byteCount, alignment, out var address, client, NoLine, entry) ? address : null;

    public void* AllocateZeroed(nuint byteCount, string client, string entry) =>
        heap.AllocateZeroed(byteCount, file: client, line: NoLine, member: entry);

    public void* Reallocate(void* address, nuint byteCount, string client, string entry) =>
        heap.Reallocate(address, byteCount, client, NoLine, entry);

    public void Free(void* address) => heap.Free(address);

    public nuint UsableBytes(void* address) => heap.UsableBytes(address);
}
