using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;

namespace Arena.Bench.Benchmarks;

/// <summary>The first write to each 4 KiB of 64 MiB that the OS has not backed yet.</summary>
public unsafe class FirstTouch
{
    private const int TotalBytes = 64 << 20;
    private const int StepBytes = 4096;

    // Smaller than a huge page: an arena uses those only if its options ask for them, or a block spans whole ones.
    private const int BlockBytes = 1 << 20;

    private readonly PageArena _ordinary = new("ordinary pages");
    private readonly PageArena _huge = new(new PageArenaOptions { Name = "huge pages", HugePages = true });
    private readonly List<Block> _blocks = [];
    private byte* _native;

    [IterationSetup(Target = nameof(Ordinary))]
    public void LendOrdinary() => Lend(_ordinary);

    [Benchmark(Description = "Arena, ordinary pages")]
    public void Ordinary() => Touch();

    [IterationCleanup(Target = nameof(Ordinary))]
    public void TakeOrdinary() => TakeBack(_ordinary);

    [IterationSetup(Target = nameof(Huge))]
    public void LendHuge() => Lend(_huge);

    [Benchmark(Description = "Arena, huge pages")]
    public void Huge() => Touch();

    [IterationCleanup(Target = nameof(Huge))]
    public void TakeHuge() => TakeBack(_huge);

    // The C library maps and unmaps a piece this large each time: it is fresh too.
    [IterationSetup(Target = nameof(Native))]
    public void AllocateNative() => _native = (byte*)NativeMemory.Alloc(TotalBytes);

    [Benchmark(Baseline = true, Description = "NativeMemory")]
    public void Native()
    {
        for (var i = 0; i < TotalBytes; i += StepBytes)
            _native[i] = 1;
    }

    [IterationCleanup(Target = nameof(Native))]
    public void FreeNative() => NativeMemory.Free(_native);

    [GlobalCleanup]
    public void End()
    {
        _ordinary.Dispose();
        _huge.Dispose();
    }

    private void Touch()
    {
        foreach (var block in _blocks)
        {
            var bytes = (byte*)block.Address;
            for (var i = 0; i < BlockBytes; i += StepBytes)
                bytes[i] = 1;
        }
    }

    private void Lend(PageArena arena)
    {
        for (var i = 0; i < TotalBytes / BlockBytes; i++)
            _blocks.Add(arena.Allocate(BlockBytes));
    }

    private void TakeBack(PageArena arena)
    {
        foreach (var block in _blocks)
            arena.Free(block);
        _blocks.Clear();
        arena.Trim();
    }
}
