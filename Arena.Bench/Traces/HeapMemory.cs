using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Traces;

/// <summary>Arena's <see cref="Heap"/>.</summary>
internal readonly unsafe struct HeapMemory(Heap heap) : ITraceMemory
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Allocate(nuint byteCount) => heap.Allocate(byteCount);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void* AllocateAligned(nuint byteCount, nuint alignment) => heap.Allocate(byteCount, alignment);

    public void* Reallocate(void* address, nuint byteCount) => heap.Reallocate(address, byteCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(void* address) => heap.Free(address);
}
