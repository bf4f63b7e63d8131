using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;

namespace Arena.Bench.Workloads;

/// <summary>W7: the limit, random live objects read through raw pointers, on ordinary pages like the handles.</summary>
internal sealed unsafe class PointerReads : Workload
{
    private readonly nint[] _pointers;
    private readonly Node64* _nodes;
    private Xorshift _random = new(Xorshift.Seed);

    public PointerReads(int count)
    {
        _pointers = new nint[count];
        _nodes = (Node64*)NativeMemory.AlignedAlloc((nuint)count * (nuint)sizeof(Node64), 64);
        for (var i = 0; i < count; i++)
        {
            _nodes[i].Value = (ulong)i;
            _pointers[i] = (nint)(_nodes + i);
        }
    }

    public override ulong Run(long operations)
    {
        var count = _pointers.Length;
        var random = _random;
        var sum = 0UL;
        ref var pointers = ref MemoryMarshal.GetArrayDataReference(_pointers);
        for (var i = 0L; i < operations; i++)
            sum += ((Node64*)Unsafe.Add(ref pointers, Xorshift.Below(random.Next(), count)))->Value;
        _random = random;
        return sum;
    }

    protected override void End() => NativeMemory.AlignedFree(_nodes);
}
