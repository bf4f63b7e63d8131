using System.Runtime.CompilerServices;

namespace Arena.Bench.Contestants;

/// <summary>A bump pointer by the byte, 16-byte aligned; a free does nothing.</summary>
internal readonly unsafe struct BumpSizes(BumpPointer bump) : ISizes<nint>
{
    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)bump.Allocate(((nuint)(uint)byteCount + 15) & ~(nuint)15);

    public void Free(nint memory)
    {
    }
}
