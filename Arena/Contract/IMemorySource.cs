namespace Arena;

/// <summary>What an allocator does for containers, which know it by an <see cref="AllocatorHandle"/> only.</summary>
internal interface IMemorySource
{
    /// <summary>"heap 'level'", for messages.</summary>
    string Label { get; }

    /// <summary>True once disposed: then nothing is asked of it any more.</summary>
    bool IsDisposed { get; }

    /// <summary>False where memory dies by itself, as that of a frame does.</summary>
    bool TakesBack => true;

    /// <summary>Where memory dies by itself: which memory is handed out now; 0 elsewhere.</summary>
    uint Frame => 0;

    /// <summary>Whether memory that was handed out in a frame is gone.</summary>
    bool HasEnded(uint frame) => false;

    /// <summary>Memory for a container, or an <see cref="ArenaOutOfMemoryException"/>.</summary>
    nint Allocate(nuint byteCount, nuint alignment, in SourceLine line);

    /// <summary>
    /// Makes an allocation larger or smaller, in place or moved with its contents up to the smaller size; 0 where it
    /// cannot: then the caller allocates, copies and frees. An exception leaves it as it was.
    /// </summary>
    nint Resize(nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line);

    /// <summary>Frees an allocation of this size; a guard reports the line.</summary>
    void Free(nint address, nuint byteCount, in SourceLine line);
}
