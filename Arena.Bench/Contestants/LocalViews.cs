using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>Arena's <see cref="SharedHeap"/>, whose part each thread takes once.</summary>
internal readonly struct LocalViews(SharedHeap heap) : IThreadViews<LocalSizes>
{
    public LocalSizes View() => new(heap.Local());
}
