using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>
/// The cost of tracking: a pool without an observer, one of which a sample is tracked, and one tracked completely;
/// pairs with nothing else alive, and random replacements among 100,000.
/// </summary>
[MemoryDiagnoser]
public class AttachedHook
{
    private const int Operations = 10_000;

    private readonly List<TrackedSlots> _slots = [];
    private Workload? _detached;
    private Workload? _sampled;
    private Workload? _tracked;

    [Params(false, true)]
    public bool Churn { get; set; }

    [GlobalSetup]
    public void Begin()
    {
        _detached = Loop(Tracking.None);
        _sampled = Loop(Tracking.Sample);
        _tracked = Loop(Tracking.Everything);
    }

    [Benchmark(Baseline = true, Description = "detached")]
    public ulong Detached() => _detached!.Run(Operations);

    [Benchmark(Description = "a sample tracked")]
    public ulong Sampled() => _sampled!.Run(Operations);

    [Benchmark(Description = "everything tracked")]
    public ulong Tracked() => _tracked!.Run(Operations);

    [GlobalCleanup]
    public void End() => _slots.ForEach(slots => slots.Dispose());

    private Workload Loop(Tracking tracking)
    {
        var slots = new TrackedSlots(tracking);
        _slots.Add(slots);
        return (Churn ? SlotLoop.Churn : SlotLoop.Pair).Make<PoolSlots<Node64>, nint>(new(slots.Pool));
    }
}
