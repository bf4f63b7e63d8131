namespace Arena.Tests.Blocks;

public sealed class PageArenaThreadTests
{
    private const int Threads = 4;
    private const int Steps = 10_000;
    private static readonly nuint Page = PageArena.PageBytes;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Blocks_of_four_threads_never_overlap(bool guards)
    {
        using var arena = new PageArena(
            new PageArenaOptions { ReserveBytes = 1024 * Page, BudgetBytes = 260 * Page, GuardPages = guards });
        var running = Threads;
        var workers = Enumerable.Range(1, Threads).Select(seed => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    Hammer(arena, seed);
                }
                finally
                {
                    Interlocked.Decrement(ref running);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        while (Volatile.Read(ref running) > 0)
        {
            var committed = arena.CommittedBytes;
            Assert.True(committed <= arena.PeakCommittedBytes, "more committed than the peak");
            Assert.True(committed <= arena.BudgetBytes, "more committed than the budget");
            Assert.True(arena.LentBytes <= arena.BudgetBytes, "more lent than the budget");
        }
        await Task.WhenAll(workers);
        Assert.Equal(0u, arena.LentBytes);
        arena.Trim();
        Assert.Equal(3 * Page, arena.CommittedBytes);
    }

    [Fact]
    public async Task Allocators_come_and_go_on_all_threads_while_observers_do()
    {
        using var arena = new PageArena("threads");
        var workers = Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    using var fake = new FakeAllocator(arena, "fake");
                    var observer = new CountingObserver(fake);
                    arena.Attach(observer);
                    fake.Lend(Page);
                    fake.NotifyOne(64);
                    arena.Detach(observer);
                    fake.NotifyOne(128);
                    Assert.Equal(1, observer.Count);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        await Task.WhenAll(workers);
        Assert.Equal(0u, arena.LentBytes);
        Assert.False(new FakeAllocator(arena, "last").IsObserved);
    }

    // Counts what happens in one allocator, which one thread uses.
    private sealed class CountingObserver(Allocator counted) : IAllocationObserver
    {
        public int Count { get; private set; }

        // Other threads notify it of their allocators: adding nothing would be a write as well.
        public void Allocated(in AllocationEvent allocation)
        {
            if (allocation.Allocator == counted)
                Count++;
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }
    }

    private static void Hammer(PageArena arena, int seed)
    {
        var random = new Random(seed);
        List<Block> held = [];
        for (var step = 0; step < Steps; step++)
        {
            var byteCount = (nuint)random.Next(1, 12) * Page;
            if (held.Count < 12 && random.Next(2) == 0 && arena.TryAllocate(byteCount, 0, out var block))
            {
                Stamp(block, seed);
                held.Add(block);
            }
            else if (held.Count > 0)
            {
                var index = random.Next(held.Count);
                AssertStamped(held[index], seed, step);
                arena.Free(held[index]);
                held.RemoveAt(index);
            }
            if (random.Next(200) == 0)
                arena.Trim();
        }
        foreach (var block in held)
        {
            AssertStamped(block, seed, Steps);
            arena.Free(block);
        }
    }

    private static unsafe void Stamp(Block block, int seed)
    {
        for (nuint at = 0; at < block.ByteCount; at += Page)
            *(nuint*)((byte*)block.Address + at) = (nuint)block.Address + at + (nuint)seed;
    }

    private static unsafe void AssertStamped(Block block, int seed, int step)
    {
        for (nuint at = 0; at < block.ByteCount; at += Page)
        {
            var kept = *(nuint*)((byte*)block.Address + at) == (nuint)block.Address + at + (nuint)seed;
            Assert.True(kept, $"seed {seed}, step {step}: another thread wrote into {block}");
        }
    }
}
