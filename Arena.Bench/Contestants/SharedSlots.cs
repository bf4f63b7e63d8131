using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="SharedPool{T}"/>, also for workloads whose requests always have its size.</summary>
internal readonly unsafe struct SharedSlots<T>(SharedPool<T> pool) : ISlots<nint>, ISizes<nint>
    where T : unmanaged
{
    public static ref ulong Word(nint slot) => ref *(ulong*)slot;

    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint slot) => pool.Free((T*)slot);
}
