using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="SharedHeap"/>, with requests of one size.</summary>
internal readonly unsafe struct SharedHeapSlots<T>(SharedHeap heap) : ISlots<nint>
    where T : unmanaged
{
    public static ref ulong Word(nint slot) => ref *(ulong*)slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)heap.Allocate((nuint)sizeof(T));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint slot) => heap.Free((void*)slot);
}
