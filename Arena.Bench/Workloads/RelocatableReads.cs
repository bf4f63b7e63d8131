using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>W7: reads random live objects through handles of a heap that may move them.</summary>
internal sealed class RelocatableReads : Workload
{
    private readonly PageArena _arena = new("handles") { IgnoreLeaks = true };
    private readonly RelocatableHeap _heap;
    private readonly RelocatableHandle[] _handles;
    private Xorshift _random = new(Xorshift.Seed);

    public RelocatableReads(int count)
    {
        _heap = new RelocatableHeap(_arena);
        _handles = new RelocatableHandle[count];
        for (var i = 0; i < count; i++)
        {
            _handles[i] = _heap.Allocate((nuint)Unsafe.SizeOf<Node64>());
            MemoryMarshal.AsRef<Node64>(_heap.Span(_handles[i])).Value = (ulong)i;
        }
    }

    public override ulong Run(long operations)
    {
        var count = _handles.Length;
        var heap = _heap;
        var random = _random;
        var sum = 0UL;
        ref var handles = ref MemoryMarshal.GetArrayDataReference(_handles);
        for (var i = 0L; i < operations; i++)
            sum += MemoryMarshal.Read<ulong>(heap.Span(Unsafe.Add(ref handles, Xorshift.Below(random.Next(), count))));
        _random = random;
        return sum;
    }

    protected override void End() => _arena.Dispose();
}
