namespace Arena.Pools;

public sealed unsafe partial class HandleMap<T>
{
    /// <summary>Exists beside <see cref="Pool{T}.Compact"/>, and shares no pages.</summary>
    /// <param name="maximumPages">The most pages to put onto others.</param>
    /// <returns>The bytes given back: always 0, see the remarks.</returns>
    /// <remarks>
    /// A free slot keeps the generation that makes its stale handles fail, beside the value's place. On shared storage
    /// it would show the generation of another page's live value, which a stale handle of the free slot may have: the
    /// values of one level have all the same generation. Generations in a table of their own would permit it, at the
    /// price of one more multiplication and load in each read of each map. Values that may move can lie in a
    /// <see cref="DenseHandleMap{T}"/>, which has no holes, or in a <see cref="RelocatableHeap"/>.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException">The arena was made without SharePages.</exception>
    /// <exception cref="ObjectDisposedException">The map, or its arena, was disposed.</exception>
    public nuint Compact(int maximumPages) => _pool.Compact(maximumPages);
}
