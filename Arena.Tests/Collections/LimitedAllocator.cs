using System.Runtime.InteropServices;

namespace Arena.Tests.Collections;

/// <summary>An allocator of a user's own, which never resizes in place and has a limit.</summary>
internal sealed unsafe class LimitedAllocator(nuint mostBytes, string name = "limited") : CustomAllocator(name)
{
    private nuint _liveBytes;

    public int LiveCount { get; private set; }

    public SourceLine LastLine { get; private set; }

    protected override nint Allocate(nuint byteCount, nuint alignment, SourceLine line)
    {
        LastLine = line;
        if (byteCount > mostBytes - _liveBytes)
            return 0;
        _liveBytes += byteCount;
        LiveCount++;
        return (nint)NativeMemory.AlignedAlloc(byteCount, alignment);
    }

    protected override void Free(nint address, nuint byteCount)
    {
        _liveBytes -= byteCount;
        LiveCount--;
        NativeMemory.AlignedFree((void*)address);
    }
}
