namespace Arena.Pools;

public sealed unsafe partial class HandleMap<T>
{
    /// <summary>Does what <see cref="Pool{T}.Compact"/> does, but shares no pages so far.</summary>
    /// <param name="maximumPages">The most pages to put onto others.</param>
    /// <returns>The bytes given back: always 0, see the remarks.</returns>
    /// <remarks>
    /// The slots of a map keep the generations of values that are gone, which make stale handles fail. Another page's
    /// values in their place would make a stale handle resolve, so pages of a map are not put together. Values that may
    /// move can lie in a <see cref="DenseHandleMap{T}"/>, which has no holes, or in a <see cref="RelocatableHeap"/>.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException">The arena was made without SharePages.</exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public nuint Compact(int maximumPages) => _pool.Compact(maximumPages);
}
