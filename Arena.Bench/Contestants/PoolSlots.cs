using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="Pool{T}"/>.</summary>
internal readonly unsafe struct PoolSlots<T>(Pool<T> pool) : ISlots<nint>
    where T : unmanaged
{
    public static ref ulong Word(nint slot) => ref *(ulong*)slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate() => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint slot) => pool.Free((T*)slot);
}
