using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using Arena.Pools;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>
/// The cost of the diagnostics' hook: 10,000 pairs on a pool that never had an observer, on one that had one before,
/// and on one that has one.
/// </summary>
public class DetachedHook
{
    private const int Operations = 10_000;

    private readonly IdleObserver _observer = new();
    private readonly List<PageArena> _arenas = [];
    private Workload? _never;
    private Workload? _before;
    private Workload? _now;

    [GlobalSetup]
    public void Begin()
    {
        _never = Loop(_ => { });
        _before = Loop(arena =>
        {
            arena.Attach(_observer);
            arena.Detach(_observer);
        });
        _now = Loop(arena => arena.Attach(_observer));
    }

    [Benchmark(Baseline = true, Description = "never attached")]
    public ulong Never() => _never!.Run(Operations);

    [Benchmark(Description = "attached before, detached")]
    public ulong Before() => _before!.Run(Operations);

    [Benchmark(Description = "attached")]
    public ulong Now() => _now!.Run(Operations);

    [GlobalCleanup]
    public void End() => _arenas.ForEach(arena => arena.Dispose());

    private Workload Loop(Action<PageArena> watch)
    {
        var arena = new PageArena("hook");
        _arenas.Add(arena);
        var loop = SlotLoop.Pair.Make<PoolSlots<Node64>, nint>(new(new Pool<Node64>(arena)));
        watch(arena);
        return loop;
    }

    private sealed class IdleObserver : IAllocationObserver
    {
        public void Allocated(in AllocationEvent allocation)
        {
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }
    }
}
