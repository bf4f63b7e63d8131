using System.Runtime.CompilerServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W4: a list of objects made in order, without those that died.</summary>
internal sealed class ObjectWalk : Workload
{
    private readonly List<NodeObject> _nodes;

    public ObjectWalk(int percent)
    {
        var made = Array.ConvertAll(Survivors.Choose(percent), alive => (Alive: alive, Node: new NodeObject()));
        _nodes = [.. made.Where(object_ => object_.Alive).Select(object_ => object_.Node)];
    }

    public override int Granule => _nodes.Count;

    public override ulong Run(long operations)
    {
        var sum = 0UL;
        for (var done = 0L; done < operations; done += _nodes.Count)
            sum += Walk();
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a loop of its own, followed to Tier-1 by its name
    private ulong Walk()
    {
        var sum = 0UL;
        foreach (var node in _nodes)
            sum += node.Node.Value;
        return sum;
    }
}
