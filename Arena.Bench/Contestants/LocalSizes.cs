using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="LocalHeap"/>.</summary>
internal readonly unsafe ref struct LocalSizes(LocalHeap heap) : ISizes<nint>
{
    private readonly LocalHeap _heap = heap;

    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)_heap.Allocate((nuint)(uint)byteCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint memory) => _heap.Free((void*)memory);
}
