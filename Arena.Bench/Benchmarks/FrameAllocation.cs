using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>100 frames of 1,000 allocations of 64 bytes.</summary>
[MemoryDiagnoser]
public class FrameAllocation
{
    private const int Operations = 100_000;

    private PageArena? _arena;
    private BumpPointer? _bumpPointer;
    private Workload? _bump;
    private Workload? _frames;

    [GlobalSetup]
    public void Begin()
    {
        _arena = new PageArena("frames");
        _bumpPointer = new BumpPointer(64 * FrameLoop<BumpFrames>.FrameCount);
        _bump = new FrameLoop<BumpFrames>(new(_bumpPointer));
        _frames = new FrameLoop<ArenaFrames>(new(new FrameAllocator(_arena)));
    }

    [Benchmark(Baseline = true, Description = "bump pointer (limit)")]
    public ulong Bump() => _bump!.Run(Operations);

    [Benchmark(Description = "Arena FrameAllocator")]
    public ulong Frames() => _frames!.Run(Operations);

    [GlobalCleanup]
    public void End()
    {
        _arena?.Dispose();
        _bumpPointer?.Dispose();
    }
}
