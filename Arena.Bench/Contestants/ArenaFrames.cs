using System.Runtime.CompilerServices;
using Arena.Bench.Workloads;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="FrameAllocator"/>.</summary>
internal readonly unsafe struct ArenaFrames(FrameAllocator frames) : IFrames
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)frames.Allocate((nuint)sizeof(Node64));

    public void NextFrame() => frames.NextFrame();
}
