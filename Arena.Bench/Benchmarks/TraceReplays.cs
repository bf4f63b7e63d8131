using Arena.Bench.Contestants;
using Arena.Bench.Traces;
using Arena.Bench.Workloads;
using Arena.Pools;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>One replay of a recorded program. More of it, with C allocators beside it: <c>--traces</c>.</summary>
[MemoryDiagnoser]
public class TraceReplays
{
    private PageArena? _arena;
    private BumpPointer? _ground;
    private Workload? _bump;
    private Workload? _heap;
    private Workload? _buddy;
    private Workload? _native;
    private int _operations;

    /// <summary>The file under Arena.Bench/Traces, without its endings.</summary>
    [Params("openttd", "sqlite", "gpp")]
    public string Trace { get; set; } = "";

    [GlobalSetup]
    public void Begin()
    {
        var trace = PackedTrace.Pack(Path.Combine(AppContext.BaseDirectory, "Traces", $"{Trace}.trace.gz"));
        _operations = trace.OperationCount;
        _arena = new PageArena("trace");
        _bump = new TraceLoop<BumpMemory>(new(_ground = BumpMemory.For(trace)), trace);
        _heap = new TraceLoop<HeapMemory>(new(new Heap(_arena)), trace);
        _buddy = new TraceLoop<BuddyMemory>(new(BuddyMemory.For(trace, _arena)), trace);
        _native = new TraceLoop<CrtMemory>(default, trace);
    }

    [Benchmark(Baseline = true, Description = "bump pointer (limit)")]
    public ulong Bump() => _bump!.Run(_operations);

    [Benchmark(Description = "Arena Heap")]
    public ulong Heap() => _heap!.Run(_operations);

    [Benchmark(Description = "Arena buddy")]
    public ulong Buddy() => _buddy!.Run(_operations);

    [Benchmark(Description = "NativeMemory")]
    public ulong Native() => _native!.Run(_operations);

    [GlobalCleanup]
    public void End()
    {
        foreach (var workload in new[] { _bump, _heap, _buddy, _native })
            workload?.Dispose();
        _ground?.Dispose();
        _arena?.Dispose();
    }
}
