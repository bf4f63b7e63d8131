using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>100,000 allocated, written and freed, in three orders.</summary>
public class PoolBatch : SlotContestants
{
    /// <summary>Last first, first first or at random.</summary>
    [ParamsAllValues]
    public Drain Drain { get; set; }

    protected override int Operations => 100_000;

    [GlobalSetup]
    public void Begin() => Begin(SlotLoop.Batch(Drain), 64 * 100_000);
}
