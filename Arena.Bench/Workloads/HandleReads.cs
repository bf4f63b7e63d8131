using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>W7: reads random live objects through checked handles.</summary>
internal sealed class HandleReads : Workload
{
    private readonly PageArena _arena = new("handles");
    private readonly HandleMap<Node64> _map;
    private readonly Handle<Node64>[] _handles;
    private Xorshift _random = new(Xorshift.Seed);

    public HandleReads(int count)
    {
        _map = new HandleMap<Node64>(_arena);
        _handles = new Handle<Node64>[count];
        for (var i = 0; i < count; i++)
            _handles[i] = _map.Allocate(new Node64 { Value = (ulong)i });
    }

    public override ulong Run(long operations)
    {
        var count = _handles.Length;
        var map = _map;
        var random = _random;
        var sum = 0UL;
        ref var handles = ref MemoryMarshal.GetArrayDataReference(_handles);
        for (var i = 0L; i < operations; i++)
            sum += map[Unsafe.Add(ref handles, Xorshift.Below(random.Next(), count))].Value;
        _random = random;
        return sum;
    }

    protected override void End() => _arena.Dispose();
}
