using System.Diagnostics;

namespace Arena.Pools;

/// <summary>The debugger's view of a heap: its sizes, and the beginning of its START / LEN table.</summary>
internal sealed class HeapDebugView(Heap heap)
{
    private const int MostAllocations = 1000;

    public int LiveCount => heap.IsDisposed ? 0 : heap.LiveCount;

    public nuint LiveBytes => heap.IsDisposed ? 0 : heap.LiveBytes;

    public nuint CommittedBytes => heap.CommittedBytes;

    [DebuggerBrowsable(DebuggerBrowsableState.RootHidden)]
    public Allocation[] Allocations
    {
        get
        {
            List<Allocation> allocations = [];
            if (heap.IsDisposed)
                return [];
            foreach (var allocation in heap.Allocations())
            {
                if (allocations.Count == MostAllocations)
                    break;
                allocations.Add(allocation);
            }
            return [.. allocations];
        }
    }
}
