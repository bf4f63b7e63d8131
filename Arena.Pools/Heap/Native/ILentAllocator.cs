namespace Arena.Pools;

/// <summary>
/// What a C library needs of an allocator that is lent to it. Errors are the allocator's own exceptions.
/// </summary>
internal unsafe interface ILentAllocator
{
    /// <summary>Named in faults.</summary>
    Allocator Allocator { get; }

    /// <summary>Whether every thread may call it.</summary>
    bool ServesEveryThread { get; }

    /// <summary>Null for want of memory.</summary>
    void* TryAllocate(nuint byteCount, nuint alignment, string client, string entry);

    /// <summary>The same, and it reads as zero.</summary>
    void* TryAllocateZeroed(nuint byteCount, string client, string entry);

    /// <summary>Null for want of memory; the allocation stays as it was.</summary>
    void* TryReallocate(void* address, nuint byteCount, string client, string entry);

    void Free(void* address);

    nuint UsableBytes(void* address);
}
