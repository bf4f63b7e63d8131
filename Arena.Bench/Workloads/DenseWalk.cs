using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W4: the limit, an array that holds only the live objects, next to each other.</summary>
internal sealed class DenseWalk : Workload
{
    private readonly Node64[] _nodes;

    public DenseWalk(int percent)
    {
        _nodes = new Node64[Survivors.Choose(percent).Count(alive => alive)];
        // Written, as the pool's slots and the objects are: an unwritten array is one page of zeros, many times.
        foreach (ref var node in _nodes.AsSpan())
            node.Value = 1;
    }

    public override int Granule => _nodes.Length;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _nodes.Length)
            sum += Walk();
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Walk()
    {
        var sum = 0UL;
        foreach (ref var node in _nodes.AsSpan())
            sum += node.Value;
        return sum;
    }
}
