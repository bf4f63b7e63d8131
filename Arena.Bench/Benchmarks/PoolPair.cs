using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>10,000 times: allocate, write eight bytes, free.</summary>
public class PoolPair : SlotContestants
{
    protected override int Operations => 10_000;

    [GlobalSetup]
    public void Begin() => Begin(SlotLoop.Pair, 4096);
}
