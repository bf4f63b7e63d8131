using Arena.Pools;


namespace Arena.Tests.Contract;

public sealed class HeapContractTests : AllocatorContract
{
    /// <summary>Seed, largest size, steps; ARENA_LONG_RUNS=N adds N seeds of a million steps, a minute each.</summary>
    public static TheoryData<int, int, int> LongRuns
    {
        get
        {
            var runs = new TheoryData<int, int, int>
            {
                { 1, 200, 100_000 }, { 2, 5000, 1_000_000 }, { 3, 40_000, 100_000 }, { 4, 300_000, 20_000 },
                { 5, 8 << 20, 20_000 },
            };
            if (int.TryParse(Environment.GetEnvironmentVariable("ARENA_LONG_RUNS"), out var more))
            {
                for (var seed = 100; seed < 100 + more; seed++)
                    runs.Add(seed, 8 << 20, 1_000_000);
            }
            return runs;
        }
    }

    [Theory]
    [MemberData(nameof(LongRuns))]
    public void Long_random_work_agrees_with_a_model(int seed, int largestBytes, int steps)
    {
        using var arena = new PageArena("model");
        using var heap = new Heap(arena);
        using var run = new ModelRun(new HeapUnderTest(heap), Lacks, arena, seed)
        {
            Steps = steps,
            LargestBytes = largestBytes,
            MostBytes = 200 << 20,
        };
        run.Play();
        heap.Trim();
        Assert.True(heap.CommittedBytes < 1 << 20, $"{heap.CommittedBytes} bytes are kept by an empty heap");
    }

    private protected override AllocatorUnderTest Make(PageArena arena) => new HeapUnderTest(new(arena, "words"));
}

internal sealed unsafe class HeapUnderTest(Heap heap) : GeneralUnderTest(heap)
{
    public override int LiveCount => heap.LiveCount;

    public override nint AllocateZeroed(int byteCount, int alignment) =>
        (nint)heap.AllocateZeroed((nuint)byteCount, (nuint)alignment, Spawn.File, Spawn.Line, Spawn.Member);

    public override void Trim() => heap.Trim();

    public override void Walk(Action<nint> body)
    {
        foreach (var allocation in heap.Allocations())
        {
            Assert.Equal(heap.UsableBytes(allocation.Address), allocation.ByteCount);
            body((nint)allocation.Address);
        }
    }
}
