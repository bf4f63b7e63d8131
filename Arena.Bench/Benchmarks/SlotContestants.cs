using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using Arena.Pools;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>The contestants for all questions about slots of 64 bytes.</summary>
[MemoryDiagnoser]
public abstract class SlotContestants
{
    private readonly List<IDisposable> _ground = [];
    private Workload? _bump;
    private Workload? _pool;
    private Workload? _shared;
    private Workload? _new;
    private Workload? _rented;
    private Workload? _native;

    protected abstract int Operations { get; }

    [Benchmark(Baseline = true, Description = "bump pointer (limit)")]
    public ulong Bump() => _bump!.Run(Operations);

    [Benchmark(Description = "Arena Pool")]
    public ulong Pool() => _pool!.Run(Operations);

    [Benchmark(Description = "Arena SharedPool, one thread")]
    public ulong Shared() => _shared!.Run(Operations);

    [Benchmark(Description = "new")]
    public ulong New() => _new!.Run(Operations);

    [Benchmark(Description = "ArrayPool.Shared")]
    public ulong Rented() => _rented!.Run(Operations);

    [Benchmark(Description = "NativeMemory")]
    public ulong Native() => _native!.Run(Operations);

    [GlobalCleanup]
    public void End()
    {
        foreach (var workload in new[] { _bump, _pool, _shared, _new, _rented, _native })
            workload?.Dispose();
        foreach (var owned in _ground)
            owned.Dispose();
    }

    private protected void Begin(ISlotLoop loop, int bumpBytes)
    {
        var bump = new BumpPointer((nuint)bumpBytes);
        var arena = new PageArena("bench");
        _ground.AddRange([bump, arena]);
        _bump = loop.Make<BumpSlots<Node64>, nint>(new(bump));
        _pool = loop.Make<PoolSlots<Node64>, nint>(new(new Pool<Node64>(arena)));
        _shared = loop.Make<SharedSlots<Node64>, nint>(new(new SharedPool<Node64>(arena)));
        _new = loop.Make<NewObjects, NewObjects.Reference>(default);
        _rented = loop.Make<RentedSlots, Rented>(default);
        _native = loop.Make<NativeSlots<Node64>, nint>(default);
    }
}
