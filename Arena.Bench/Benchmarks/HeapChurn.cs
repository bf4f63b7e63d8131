using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using Arena.Pools;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>10,000 replacements among 20,000 alive of mixed sizes.</summary>
[MemoryDiagnoser]
public class HeapChurn
{
    private const int Operations = 10_000;
    private const int BumpBytes = 16 << 20;

    private PageArena? _arena;
    private BumpPointer? _bumpPointer;
    private Workload? _bump;
    private Workload? _heap;
    private Workload? _shared;
    private Workload? _new;
    private Workload? _rented;
    private Workload? _native;

    /// <summary>Doublings from 16 bytes on: 8 is up to 4 KiB, 14 up to 256 KiB.</summary>
    [Params(8, 14)]
    public int Octaves { get; set; }

    [GlobalSetup]
    public void Begin()
    {
        _arena = new PageArena("heap");
        _bumpPointer = new BumpPointer(BumpBytes);
        _bump = new MixedLoop<BumpSizes, nint>(new(_bumpPointer), Octaves);
        _heap = new MixedLoop<HeapSizes, nint>(new(new Heap(_arena)), Octaves);
        _shared = new MixedLoop<SharedSizes, nint>(new(new SharedHeap(_arena)), Octaves);
        _new = new MixedLoop<NewArrays, Rented>(default, Octaves);
        _rented = new MixedLoop<RentedSizes, Rented>(default, Octaves);
        _native = new MixedLoop<NativeSizes, nint>(default, Octaves);
    }

    [Benchmark(Baseline = true, Description = "bump pointer (limit)")]
    public ulong Bump() => _bump!.Run(Operations);

    [Benchmark(Description = "Arena Heap")]
    public ulong Arena() => _heap!.Run(Operations);

    [Benchmark(Description = "Arena SharedHeap, one thread")]
    public ulong Shared() => _shared!.Run(Operations);

    [Benchmark(Description = "new byte[]")]
    public ulong New() => _new!.Run(Operations);

    [Benchmark(Description = "ArrayPool.Shared")]
    public ulong Rented() => _rented!.Run(Operations);

    [Benchmark(Description = "NativeMemory")]
    public ulong Native() => _native!.Run(Operations);

    [GlobalCleanup]
    public void End()
    {
        foreach (var workload in new[] { _bump, _heap, _shared, _new, _rented, _native })
            workload?.Dispose();
        _arena?.Dispose();
        _bumpPointer?.Dispose();
    }
}
