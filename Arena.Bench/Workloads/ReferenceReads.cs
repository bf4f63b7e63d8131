using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W7: reads random live objects of the garbage-collected heap through references.</summary>
internal sealed class ReferenceReads : Workload
{
    private readonly Reference[] _references;
    private Xorshift _random = new(Xorshift.Seed);

    public ReferenceReads(int count)
    {
        _references = new Reference[count];
        for (var i = 0; i < count; i++)
            _references[i].Target = new NodeObject { Node = new Node64 { Value = (ulong)i } };
    }

    public override ulong Run(long operations)
    {
        var count = _references.Length;
        var random = _random;
        var sum = 0UL;
        ref var references = ref MemoryMarshal.GetArrayDataReference(_references);
        for (var i = 0L; i < operations; i++)
            sum += Unsafe.Add(ref references, Xorshift.Below(random.Next(), count)).Target.Node.Value;
        _random = random;
        return sum;
    }

    private struct Reference
    {
        public NodeObject Target;
    }
}
