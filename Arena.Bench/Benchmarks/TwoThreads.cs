using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using Arena.Pools;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>
/// Two threads, 100,000 operations each: what one allocates the other frees at once, through a ring (handover) or later
/// (exchange); or 500,000 each, and the next threads free what these leave (larson).
/// </summary>
[MemoryDiagnoser]
public class TwoThreads
{
    private const int Operations = ExchangeLoop<NativeSizes, nint>.HandOver;
    private const int LarsonOperations = LarsonLoop.BatchCount;

    private PageArena? _arena;
    private Workload[] _handovers = [];
    private Workload[] _exchanges = [];
    private Workload[] _larsons = [];

    [GlobalSetup]
    public void Begin()
    {
        _arena = new PageArena("threads");
        _handovers =
        [
            new HandoverLoop<SharedSizes, nint>(new(new SharedHeap(_arena))),
            new HandoverLoop<SharedSlots<Node64>, nint>(new(new SharedPool<Node64>(_arena))),
            new HandoverLoop<NativeSizes, nint>(default), new HandoverLoop<RentedSizes, Rented>(default),
        ];
        _exchanges =
        [
            new ExchangeLoop<SharedSizes, nint>(new(new SharedHeap(_arena))),
            new ExchangeLoop<NativeSizes, nint>(default), new ExchangeLoop<RentedSizes, Rented>(default),
        ];
        _larsons =
        [
            LarsonLoop.Of<SharedSizes, nint>(new(new SharedHeap(_arena))),
            LarsonLoop.OfLocal(new SharedHeap(_arena)),
            LarsonLoop.Of<NativeSizes, nint>(default), LarsonLoop.Of<RentedSizes, Rented>(default),
        ];
    }

    [Benchmark(Baseline = true, Description = "handover: NativeMemory")]
    public ulong HandoverNative() => _handovers[2].Run(Operations);

    [Benchmark(Description = "handover: Arena SharedHeap")]
    public ulong HandoverHeap() => _handovers[0].Run(Operations);

    [Benchmark(Description = "handover: Arena SharedPool")]
    public ulong HandoverPool() => _handovers[1].Run(Operations);

    [Benchmark(Description = "handover: ArrayPool.Shared")]
    public ulong HandoverRented() => _handovers[3].Run(Operations);

    [Benchmark(Description = "exchange: NativeMemory")]
    public ulong ExchangeNative() => _exchanges[1].Run(Operations);

    [Benchmark(Description = "exchange: Arena SharedHeap")]
    public ulong ExchangeHeap() => _exchanges[0].Run(Operations);

    [Benchmark(Description = "exchange: ArrayPool.Shared")]
    public ulong ExchangeRented() => _exchanges[2].Run(Operations);

    [Benchmark(Description = "larson: NativeMemory")]
    public ulong LarsonNative() => _larsons[2].Run(LarsonOperations);

    [Benchmark(Description = "larson: Arena SharedHeap")]
    public ulong LarsonHeap() => _larsons[0].Run(LarsonOperations);

    [Benchmark(Description = "larson: Arena SharedHeap.Local()")]
    public ulong LarsonLocal() => _larsons[1].Run(LarsonOperations);

    [Benchmark(Description = "larson: ArrayPool.Shared")]
    public ulong LarsonRented() => _larsons[3].Run(LarsonOperations);

    [GlobalCleanup]
    public void End()
    {
        Array.ForEach(_handovers, workload => workload.Dispose());
        Array.ForEach(_exchanges, workload => workload.Dispose());
        Array.ForEach(_larsons, workload => workload.Dispose());
        _arena?.Dispose();
    }
}
