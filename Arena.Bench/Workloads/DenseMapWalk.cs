using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>C7: a walk over a dense map of which a random part of the values was freed.</summary>
internal sealed class DenseMapWalk : Workload
{
    private readonly PageArena _arena = new("dense walk");
    private readonly DenseHandleMap<Node64> _map;

    public DenseMapWalk(int percent)
    {
        _map = new DenseHandleMap<Node64>(_arena);
        var alive = Survivors.Choose(percent);
        var handles = alive.Select(_ => _map.Allocate(new Node64 { Value = 1 })).ToArray();
        for (var i = 0; i < handles.Length; i++)
        {
            if (!alive[i])
                _map.Free(handles[i]);
        }
    }

    public override int Granule => _map.LiveCount;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _map.LiveCount)
            sum += Walk();
        return sum;
    }

    protected override void End() => _arena.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Walk()
    {
        var sum = 0UL;
        foreach (ref var node in _map.AsSpan())
            sum += node.Value;
        return sum;
    }
}
