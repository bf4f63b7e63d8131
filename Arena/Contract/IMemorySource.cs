namespace Arena;

/// <summary>The calls of an allocator for containers, which know it by an <see cref="AllocatorHandle"/> .</summary>
internal interface IMemorySource
{
    /// <summary>"heap 'level'", for messages.</summary>
    string Label { get; }

    /// <summary>True once disposed; then no other member is called.</summary>
    bool IsDisposed { get; }

    /// <summary>False if memory dies by itself, as that of a frame does.</summary>
    bool TakesBack => true;

    /// <summary>The frame of memory that is handed out now, if memory dies by itself; otherwise 0.</summary>
    uint Frame => 0;

    /// <summary>Returns whether memory that was handed out in a frame is gone.</summary>
    bool HasEnded(uint frame) => false;

    /// <summary>Allocates memory for a container, or throws an <see cref="ArenaOutOfMemoryException"/>.</summary>
    nint Allocate(nuint byteCount, nuint alignment, in SourceLine line);

    /// <summary>
    /// Resizes an allocation, in place or by a move that keeps the contents up to the smaller size. Returns 0 if it
    /// cannot: then the caller allocates, copies and frees. An exception leaves the allocation unchanged.
    /// </summary>
    nint Resize(nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line);

    /// <summary>Frees an allocation of this size; a guard reports the line.</summary>
    void Free(nint address, nuint byteCount, in SourceLine line);
}
