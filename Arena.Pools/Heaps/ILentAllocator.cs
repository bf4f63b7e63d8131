namespace Arena.Pools;

/// <summary>
/// The calls of a heap that a C library needs when the heap is lent to it. In place of file and member, they pass the
/// client and the entry point to observers.
/// </summary>
internal unsafe interface ILentAllocator
{
    bool TryAllocate(nuint byteCount, nuint alignment, out void* address, string file, int line, string member);

    bool TryAllocateZeroed(nuint byteCount, nuint alignment, out void* address, string file, int line, string member);

    bool TryReallocate(void* address, nuint byteCount, out void* moved, string file, int line, string member);

    /// <summary>Frees an allocation, and returns the exception of an observer, if there is one.</summary>
    Exception? FreeAndReport(void* address, in SourceLine caller);

    nuint UsableBytes(void* address);
}
