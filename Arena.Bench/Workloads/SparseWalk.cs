using System.Runtime.CompilerServices;
using Arena.Collections;

namespace Arena.Bench.Workloads;

/// <summary>C5: the values of a sparse set in which a third of the ids lived and died.</summary>
internal sealed class SparseWalk : Workload
{
    private readonly PageArena _arena = new("sparse");
    private NativeSparseSet<long> _set;

    public SparseWalk(int count)
    {
        _set = new NativeSparseSet<long>(new Arena.Pools.Heap(_arena));
        for (var id = 0; id < count + count / 2; id++)
            _set.Add(id, id);
        for (var id = 0; id < count + count / 2; id += 3)
            _set.Remove(id);
    }

    public override int Granule => _set.Count;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _set.Count)
            sum += Walk();
        return sum;
    }

    protected override void End() => _arena.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Walk()
    {
        var sum = 0UL;
        foreach (ref var value in _set.Values)
            sum += (ulong)value;
        return sum;
    }
}
