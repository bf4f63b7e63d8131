using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="Pool{T}"/>, where all sizes are that of its element.</summary>
internal readonly unsafe struct PoolSizes(Pool<Node64> pool) : ISizes<nint>
{
    public static ref byte First(nint memory) => ref *(byte*)memory;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Allocate(int byteCount) => (nint)pool.Allocate();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Free(nint memory) => pool.Free((Node64*)memory);
}
