using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>One walk over the live objects among 131,072.</summary>
[MemoryDiagnoser]
public class Iteration
{
    private DenseWalk? _dense;
    private PoolWalk? _pool;
    private ObjectWalk? _objects;

    /// <summary>The percentage that is alive.</summary>
    [Params(100, 50, 5)]
    public int Live { get; set; }

    [GlobalSetup]
    public void Begin()
    {
        _dense = new DenseWalk(Live);
        _pool = new PoolWalk(Live);
        _objects = new ObjectWalk(Live);
    }

    [Benchmark(Baseline = true, Description = "dense array (limit)")]
    public ulong Dense() => _dense!.Run(1);

    [Benchmark(Description = "Arena Pool")]
    public ulong Pool() => _pool!.Run(1);

    [Benchmark(Description = "List of objects")]
    public ulong Objects() => _objects!.Run(1);

    [GlobalCleanup]
    public void End() => _pool?.Dispose();
}
