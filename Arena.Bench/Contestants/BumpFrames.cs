using System.Runtime.CompilerServices;

namespace Arena.Bench.Contestants;

/// <summary>The limit: a bump pointer that starts again with each frame.</summary>
internal readonly unsafe struct BumpFrames(BumpPointer bump) : IFrames
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)bump.Allocate((nuint)sizeof(Node64));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)bump.Allocate(((nuint)byteCount + 15) & ~(nuint)15);

    public void NextFrame() => bump.Rewind();
}
