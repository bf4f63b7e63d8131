using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Ranges of a <see cref="Pool{T}"/>.</summary>
internal readonly struct PoolRanges<T>(Pool<T> pool) : IRanges
    where T : unmanaged
{
    public void Allocate(Span<nint> addresses) => pool.AllocateRange(addresses);

    public void Free(ReadOnlySpan<nint> addresses) => pool.FreeRange(addresses);
}
