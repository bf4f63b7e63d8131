using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Ranges of a <see cref="Heap"/>.</summary>
internal readonly struct HeapRanges(Heap heap) : IRanges
{
    public void Allocate(Span<nint> addresses) => heap.AllocateRange(64, addresses);

    public void Free(ReadOnlySpan<nint> addresses) => heap.FreeRange(addresses);
}
