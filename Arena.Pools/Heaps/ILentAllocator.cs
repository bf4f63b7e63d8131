namespace Arena.Pools;

/// <summary>
/// What a C library needs of an allocator that is lent to it: the calls that the heaps have alike. Where they take file
/// and member an observer is told the client and the entry.
/// </summary>
internal unsafe interface ILentAllocator
{
    bool TryAllocate(nuint byteCount, nuint alignment, out void* address, string file, int line, string member);

    bool TryAllocateZeroed(nuint byteCount, nuint alignment, out void* address, string file, int line, string member);

    bool TryReallocate(void* address, nuint byteCount, out void* moved, string file, int line, string member);

    /// <summary>Frees; what an observer threw when it was notified is returned.</summary>
    Exception? FreeAndReport(void* address);

    nuint UsableBytes(void* address);
}
