using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>10,000 replacements of random ones among 100,000 alive.</summary>
public class PoolChurn : SlotContestants
{
    protected override int Operations => 10_000;

    [GlobalSetup]
    public void Begin() => Begin(SlotLoop.Churn, 64 * 100_000);
}
