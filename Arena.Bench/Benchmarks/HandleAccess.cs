using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>100,000 reads of random live objects.</summary>
[MemoryDiagnoser]
public class HandleAccess
{
    private const int Operations = 100_000;

    private PointerReads? _pointers;
    private HandleReads? _handles;
    private ReferenceReads? _references;

    /// <summary>Live objects.</summary>
    [Params(10_000, 1_000_000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Begin()
    {
        _pointers = new PointerReads(Count);
        _handles = new HandleReads(Count);
        _references = new ReferenceReads(Count);
    }

    [Benchmark(Baseline = true, Description = "raw pointer (limit)")]
    public ulong Pointers() => _pointers!.Run(Operations);

    [Benchmark(Description = "Arena Handle")]
    public ulong Checked() => _handles!.Run(Operations);

    [Benchmark(Description = "reference")]
    public ulong References() => _references!.Run(Operations);

    [GlobalCleanup]
    public void End()
    {
        _pointers?.Dispose();
        _handles?.Dispose();
    }
}
