namespace Arena;

// The allocator as an allocator of containers: the last allocation grows in place, all others are copied, and nothing
// is given back.
public sealed unsafe partial class FrameAllocator : IMemorySource
{
    /// <summary>Returns the allocator's handle, for a container that dies with the frame.</summary>
    /// <exception cref="ArgumentNullException">The allocator is null.</exception>
    /// <exception cref="ObjectDisposedException">The allocator, or its arena, was disposed.</exception>
    public static implicit operator AllocatorHandle(FrameAllocator frames) => HandleOf(frames);

    string IMemorySource.Label => Label;

    bool IMemorySource.TakesBack => false;

    nint IMemorySource.Allocate(nuint byteCount, nuint alignment, in SourceLine line) =>
        (nint)Allocate(byteCount, alignment);

    uint IMemorySource.Frame => FrameStamp;

    // The frame as a number of 32 bits that is never 0; it repeats after 2^32 frames.
    private uint FrameStamp => Math.Max(1, unchecked((uint)_frame + 1));

    bool IMemorySource.HasEnded(uint frame) => unchecked(FrameStamp - frame) >= (uint)Buffers;

    nint IMemorySource.Resize(
        nint address, nuint oldByteCount, nuint byteCount, nuint alignment, in SourceLine line) =>
        byteCount <= oldByteCount || TryExtend(unchecked((nuint)address), oldByteCount, byteCount) ? address : 0;

    void IMemorySource.Free(nint address, nuint byteCount, in SourceLine line)
    {
    }

    // Extends the last allocation, which ends at the position, while its chunk has room.
    private bool TryExtend(nuint address, nuint oldByteCount, nuint byteCount)
    {
        using var call = CallIfClosed();
        if (_chunk == null || address + oldByteCount != Position
            || byteCount - oldByteCount > FrameChunk.End(_chunk) - Position)
            return false;
        if (IsClosed)
            MoveTo(address + byteCount);
        else
            _position = address + byteCount;
        return true;
    }
}
