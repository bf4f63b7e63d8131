namespace Arena.Pools;

/// <summary>
/// The calls of a heap that a C library needs when the heap is lent to it. In place of file and member, they pass the
/// client and the entry point to observers.
/// </summary>
internal unsafe interface ILentAllocator
{
    /// <summary>
    /// Pops a place of a class from its magazine. False leaves the request to <see cref="TryAllocate"/>: no place is
    /// ready, or something has to be notified.
    /// </summary>
    bool TryTakeReady(nuint sizeClass, out void* address);

    /// <summary>
    /// Pushes a place into its magazine, and returns its class. False, with nothing changed, leaves the free to
    /// <see cref="FreeAndReport"/>.
    /// </summary>
    bool TryGiveReady(void* address, out nuint sizeClass);

    bool TryAllocate(nuint byteCount, nuint alignment, out void* address, string file, int line, string member);

    bool TryAllocateZeroed(nuint byteCount, nuint alignment, out void* address, string file, int line, string member);

    bool TryReallocate(void* address, nuint byteCount, out void* moved, string file, int line, string member);

    /// <summary>Frees an allocation, and returns the exception of an observer, if there is one.</summary>
    Exception? FreeAndReport(void* address, in SourceLine caller);

    nuint UsableBytes(void* address);
}
