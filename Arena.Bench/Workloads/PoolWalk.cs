using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>W4: a walk over a pool's live slots in address order.</summary>
internal sealed unsafe class PoolWalk : Workload
{
    private readonly PageArena _arena = new("walk");
    private readonly Pool<Node64> _pool;
    private readonly int _liveCount;

    public PoolWalk(int percent)
    {
        _pool = new Pool<Node64>(_arena);
        var alive = Survivors.Choose(percent);
        var slots = new nint[Survivors.SlotCount];
        for (var i = 0; i < slots.Length; i++)
        {
            var slot = _pool.Allocate();
            slot->Value = 1;
            slots[i] = (nint)slot;
        }
        for (var i = 0; i < slots.Length; i++)
        {
            if (!alive[i])
                _pool.Free((Node64*)slots[i]);
        }
        _liveCount = _pool.LiveCount;
    }

    public override int Granule => _liveCount;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _liveCount)
            sum += Walk();
        return sum;
    }

    protected override void End() => _arena.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Walk()
    {
        var sum = 0UL;
        foreach (ref var node in _pool)
            sum += node.Value;
        return sum;
    }
}
