using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.Workloads;

/// <summary>C7: some thousand values behind handles; one at random goes, another comes.</summary>
internal sealed class HandleChurn<THandles> : Workload
    where THandles : struct, IHandles
{
    public const int LiveCount = 10_000;

    private readonly THandles _map;
    private readonly Handle<Node64>[] _live = new Handle<Node64>[LiveCount];
    private readonly Node64 _value = new() { Value = 1 };
    private Xorshift _random = new(Xorshift.Seed);

    public HandleChurn(THandles map)
    {
        _map = map;
        foreach (ref var handle in _live.AsSpan())
            handle = map.Allocate(default);
    }

    public override ulong Run(long operations)
    {
        var map = _map;
        var random = _random;
        var sum = 0UL;
        ref var live = ref MemoryMarshal.GetArrayDataReference(_live);
        for (var i = 0L; i < operations; i++)
        {
            var number = random.Next();
            ref var at = ref Unsafe.Add(ref live, Xorshift.Below(number, LiveCount));
            map.Free(at);
            at = map.Allocate(in _value);
            sum += number;
        }
        _random = random;
        return sum;
    }
}
