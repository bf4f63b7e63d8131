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

    /// <summary>The largest size in KiB; the smallest is 16 bytes.</summary>
    [Params(4, 256)]
    public int LargestKibibytes { get; set; }

    [GlobalSetup]
    public void Begin()
    {
        _arena = new PageArena("heap");
        _bumpPointer = new BumpPointer(BumpBytes);
        if (LargestKibibytes == 4)
            Make<Mix4K>(_arena, _bumpPointer);
        else
            Make<Mix256K>(_arena, _bumpPointer);
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

    private void Make<TMix>(PageArena arena, BumpPointer bumpPointer)
        where TMix : struct, IMix
    {
        _bump = new MixedLoop<TMix, BumpSizes, nint>(new(bumpPointer));
        _heap = new MixedLoop<TMix, HeapSizes, nint>(new(new Heap(arena)));
        _shared = new MixedLoop<TMix, SharedSizes, nint>(new(new SharedHeap(arena)));
        _new = new MixedLoop<TMix, NewArrays, Rented>(default);
        _rented = new MixedLoop<TMix, RentedSizes, Rented>(default);
        _native = new MixedLoop<TMix, NativeSizes, nint>(default);
    }
}
