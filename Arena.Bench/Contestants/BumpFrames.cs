using System.Runtime.CompilerServices;

namespace Arena.Bench.Contestants;

/// <summary>The limit: a bump pointer that starts again with each frame.</summary>
internal readonly unsafe struct BumpFrames(BumpPointer bump) : IFrames
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)bump.Allocate((nuint)sizeof(Node64));

    public void NextFrame() => bump.Rewind();
}
