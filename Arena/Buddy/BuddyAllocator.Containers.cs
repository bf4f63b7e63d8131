namespace Arena;

// What containers ask of it.
public sealed unsafe partial class BuddyAllocator : IMemorySource
{
    /// <summary>Its handle, for a container.</summary>
    /// <exception cref="ArgumentNullException">The allocator is null.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(BuddyAllocator buddy) => HandleOf(buddy);

    string IMemorySource.Label => Label;

    nint IMemorySource.Allocate(nuint byteCount, nuint alignment, in SourceLine line) =>
        (nint)Allocate(byteCount, alignment, line.File, line.Line, line.Member);

    // One that moves loses an alignment beyond 16.
    nint IMemorySource.Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line) =>
        alignment > DefaultAlignment
            ? 0
            : (nint)Reallocate((void*)address, byteCount, line.File, line.Line, line.Member);

    void IMemorySource.Free(nint address, nuint byteCount) => Free((void*)address);
}
