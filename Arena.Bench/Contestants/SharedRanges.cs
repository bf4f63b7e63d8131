using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Ranges of a <see cref="SharedHeap"/>.</summary>
internal readonly struct SharedRanges(SharedHeap heap) : IRanges
{
    public void Allocate(Span<nint> addresses) => heap.AllocateRange(64, addresses);

    public void Free(ReadOnlySpan<nint> addresses) => heap.FreeRange(addresses);
}
