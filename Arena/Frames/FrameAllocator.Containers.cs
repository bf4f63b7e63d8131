namespace Arena;

// What containers ask of it: growth copies, and nothing is given back.
public sealed unsafe partial class FrameAllocator : IMemorySource
{
    /// <summary>Its handle, for a container that dies with the frame.</summary>
    /// <exception cref="ArgumentNullException">The allocator is null.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(FrameAllocator frames) => HandleOf(frames);

    string IMemorySource.Label => Label;

    bool IMemorySource.TakesBack => false;

    nint IMemorySource.Allocate(nuint byteCount, nuint alignment, in SourceLine line) =>
        (nint)Allocate(byteCount, alignment);

    nint IMemorySource.Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line) =>
        byteCount <= oldByteCount ? address : 0;

    void IMemorySource.Free(nint address, nuint byteCount)
    {
    }
}
