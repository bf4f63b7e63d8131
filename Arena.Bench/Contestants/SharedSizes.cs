using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="SharedHeap"/>.</summary>
internal readonly unsafe struct SharedSizes(SharedHeap heap) : ISizes<nint>
{
    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)heap.Allocate((nuint)(uint)byteCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint memory) => heap.Free((void*)memory);
}
