namespace Arena.Pools;

// What containers ask of it.
public sealed unsafe partial class Heap : IMemorySource
{
    /// <summary>Its handle, for a container.</summary>
    /// <exception cref="ArgumentNullException">The heap is null.</exception>
    /// <exception cref="ObjectDisposedException">The heap, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(Heap heap) => HandleOf(heap);

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
