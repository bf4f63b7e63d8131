using Arena.Pools;

namespace Arena.Tests.Contract;

public sealed class SharedHeapContractTests : AllocatorContract
{
    [Theory]
    [InlineData(1, 1, 5000)]
    [InlineData(2, 3, 300)]
    [InlineData(3, 3, 40_000)]
    [InlineData(4, 5, 1 << 20)]
    public void Long_random_work_of_threads_in_turns_agrees_with_a_model(int seed, int threads, int largestBytes)
    {
        using var arena = new PageArena("model");
        using var heap = new SharedHeap(arena);
        using (var run = new ModelRun(new SharedHeapUnderTest(heap), Lacks, arena, seed)
        {
            Steps = 100_000,
            LargestBytes = largestBytes,
            MostBytes = 64 << 20,
            Threads = threads,
            IsTracked = true,
        })
        {
            run.Play();
        }
        // One more: the caller's own.
        Assert.InRange(heap.PartCount, 1, threads + 1);
        heap.Trim();
        Assert.True(heap.CommittedBytes < 2 << 20, $"{heap.CommittedBytes} bytes are kept by an empty heap");
    }

    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new SharedHeapUnderTest(new SharedHeap(arena, "words"));
}

/// <summary>The calls of a thread through its own view of a shared heap.</summary>
public sealed class LocalHeapContractTests : AllocatorContract
{
    private protected override AllocatorUnderTest Make(PageArena arena) =>
        new LocalHeapUnderTest(new SharedHeap(arena, "words"));
}

internal unsafe class SharedHeapUnderTest(SharedHeap heap) : GeneralUnderTest(heap)
{
    public override bool IsShared => true;

    public override int LiveCount => Heap.LiveCount;

    protected SharedHeap Heap { get; } = heap;

    public override nint AllocateZeroed(int byteCount, int alignment) =>
        (nint)Heap.AllocateZeroed((nuint)byteCount, (nuint)alignment, Spawn.File, Spawn.Line, Spawn.Member);

    public override void Trim() => Heap.Trim();

    public override void Walk(Action<nint> body)
    {
        foreach (var allocation in Heap.Allocations())
        {
            Assert.Equal(Heap.UsableBytes(allocation.Address), allocation.ByteCount);
            body((nint)allocation.Address);
        }
    }
}

internal sealed unsafe class LocalHeapUnderTest(SharedHeap heap) : SharedHeapUnderTest(heap)
{
    public override nint Allocate(int byteCount, int alignment) =>
        (nint)Heap.Local().Allocate((nuint)byteCount, (nuint)alignment, Spawn.File, Spawn.Line, Spawn.Member);

    public override bool TryAllocate(int byteCount, int alignment, out nint place)
    {
        var served = Heap.Local().TryAllocate(
            (nuint)byteCount, (nuint)alignment, out var address, Spawn.File, Spawn.Line, Spawn.Member);
        place = (nint)address;
        return served;
    }

    public override void Free(nint place) => Heap.Local().Free((void*)place);
}
