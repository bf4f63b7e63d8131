using System.Runtime.CompilerServices;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="FrameAllocator"/>.</summary>
internal readonly unsafe struct ArenaFrames(FrameAllocator frames) : IFrames
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)frames.Allocate((nuint)sizeof(Node64));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)frames.Allocate((nuint)byteCount);

    public void NextFrame() => frames.NextFrame();
}
