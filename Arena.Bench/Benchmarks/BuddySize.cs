using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>10,000 replacements in a buddy of growing size.</summary>
[MemoryDiagnoser]
public class BuddySize
{
    private const int Operations = 10_000;

    private Workload? _buddy;

    /// <summary>Capacity.</summary>
    [Params(16, 256, 1024)]
    public int MiB { get; set; }

    [GlobalSetup]
    public void Begin() => _buddy = new BuddyLoop(MiB << 20);

    [Benchmark(Description = "Arena BuddyAllocator")]
    public ulong Buddy() => _buddy!.Run(Operations);

    [GlobalCleanup]
    public void End() => _buddy?.Dispose();
}
