using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Ledgers;

public sealed unsafe class BudgetTests : IDisposable
{
    private readonly PageArena _arena = new("game");
    private readonly List<BudgetNotice> _notices = [];

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Tags_come_from_the_scope_or_from_the_allocator_whose_own_goes_first()
    {
        using var heap = new Heap(_arena);
        using var tagged = new Pool<long>(_arena, new PoolOptions { Tag = "particles" });
        using var tracker = LeakTracker.Attach(_arena);
        heap.Allocate(64);
        using (MemoryTag.Begin("ai"))
        {
            heap.Allocate(64);
            tagged.Allocate();
            using (MemoryTag.Begin("path"))
                heap.Allocate(64);
            heap.Allocate(64);
        }
        Assert.Equal("particles", tagged.Tag);
        var report = tracker.Report();
        Assert.Equal(
            [("ai", 2, 128u), (null, 1, 64u), ("path", 1, 64u), ("particles", 1, 8u)],
            report.Tags.Select(use => (use.Tag, use.Count, (uint)use.Bytes)));
        Assert.Equal(5, report.Sites.Count);
        Assert.Equal(2, report.Sites.Count(site => site.Tag == "ai" && site.Bytes == 64));
    }

    [Fact]
    public void A_hard_budget_refuses_with_tag_value_and_remedy_and_changes_nothing()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<Wide>(_arena, new PoolOptions { Name = "walls", Tag = "level" });
        using var map = new HandleMap<Wide>(_arena, new PoolOptions { Tag = "level" });
        using var buddy = new BuddyAllocator(_arena, 1 << 20) { Tag = "level" };
        using var tracker = LeakTracker.Attach(_arena);
        tracker.SetBudget("level", new MemoryBudget { HardBytes = 1024, Exceeded = _notices.Add });
        var walls = Enumerable.Range(0, 8).Select(_ => (nint)pool.Allocate()).ToArray();

        var e = Assert.Throws<ArenaOutOfMemoryException>(() => pool.Allocate());
        Assert.Contains("pool 'walls'", e.Message, StringComparison.Ordinal);
        Assert.Contains("tag 'level' has 1024 bytes alive and a budget of 1024", e.Message, StringComparison.Ordinal);
        Assert.Contains("HardBytes", e.Message, StringComparison.Ordinal);
        Assert.False(pool.TryAllocate(out _));
        Assert.False(map.TryAllocate(default, out _));
        Assert.Throws<ArenaOutOfMemoryException>(() => map.Allocate(default));
        Assert.False(buddy.TryAllocate(1, 16, out _));
        Assert.Throws<ArenaOutOfMemoryException>(() => buddy.Allocate(1));
        using (MemoryTag.Begin("level"))
        {
            Assert.False(heap.TryAllocate(1, 16, out _));
            Assert.Throws<ArenaOutOfMemoryException>(() => heap.AllocateZeroed(1));
            Assert.Throws<ArenaOutOfMemoryException>(() => _arena.Allocate(1));
            Assert.False(_arena.TryAllocate(1, 0, out _));
        }
        Assert.True(heap.TryAllocate(1, 16, out _));
        Assert.Equal(8, pool.LiveCount);
        Assert.Equal(0, map.LiveCount + buddy.LiveCount);
        Assert.All(_notices, notice => Assert.True(notice is { IsHard: true, Bytes: 1024, CeilingBytes: 1024 }));
        Assert.Equal(10, _notices.Count);
        Assert.Equal(10, tracker.Report().Tags.Single(use => use.Tag == "level").Refusals);

        pool.Free((Wide*)walls[0]);
        Assert.True(pool.TryAllocate(out _));
        Assert.False(pool.TryAllocate(out _));
    }

    [Fact]
    public void A_resize_in_place_is_asked_for_what_it_grows_by()
    {
        using var heap = new Heap(_arena) { Tag = "data" };
        using var buddy = new BuddyAllocator(_arena, 1 << 22) { Tag = "data" };
        using var tracker = LeakTracker.Attach(_arena);
        var block = heap.Allocate(1 << 20);
        var region = buddy.Allocate(1 << 10);
        tracker.SetBudget("data", new MemoryBudget { HardBytes = (1 << 20) + (1 << 12) });
        Assert.Throws<ArenaOutOfMemoryException>(() => heap.Reallocate(block, (1 << 20) + (1 << 13)));
        Assert.Throws<ArenaOutOfMemoryException>(() => buddy.Reallocate(region, 1 << 13));
        Assert.Equal((nuint)1 << 20, heap.UsableBytes(block));
        Assert.Equal((nuint)1 << 10, buddy.UsableBytes(region));
        Assert.True(buddy.Reallocate(region, 1 << 12) == region);
    }

    [Fact]
    public void A_soft_budget_is_reported_once_each_time_it_is_passed()
    {
        using var pool = new Pool<Wide>(_arena, new PoolOptions { Tag = "fx" });
        using var tracker = LeakTracker.Attach(_arena);
        tracker.SetBudget("fx", new MemoryBudget { SoftBytes = 256, Exceeded = _notices.Add });
        var slots = new nint[5];
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < slots.Length; i++)
                slots[i] = (nint)pool.Allocate();
            Assert.Equal(round + 1, _notices.Count);
            foreach (var slot in slots)
                pool.Free((Wide*)slot);
        }
        Assert.True(_notices[0] is { Tag: "fx", IsHard: false, Bytes: 384, CeilingBytes: 256, RequestedBytes: 0 });
        Assert.Contains(
            "384 bytes alive, above the soft budget of 256", _notices[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_counts_what_was_there_when_it_was_set()
    {
        using var pool = new Pool<Wide>(_arena, new PoolOptions { Tag = "fx" });
        var old = pool.Allocate();
        using var tracker = LeakTracker.Attach(_arena);
        pool.Allocate();
        tracker.SetBudget("fx", new MemoryBudget { HardBytes = 256 });
        Assert.False(pool.TryAllocate(out _));
        pool.Free(old);
        Assert.True(pool.TryAllocate(out _));
        Assert.False(pool.TryAllocate(out _));
        pool.Clear();
        Assert.True(pool.TryAllocate(out _));
        Assert.Equal((nuint)128, tracker.Report().Tags.Single().Bytes);
        tracker.SetBudget("fx", new MemoryBudget { HardBytes = 128 });
        Assert.False(pool.TryAllocate(out _));
    }

    [Fact]
    public void Without_the_tracker_nothing_is_refused()
    {
        using var pool = new Pool<Wide>(_arena, new PoolOptions { Tag = "fx" });
        using (var tracker = LeakTracker.Attach(_arena))
        {
            tracker.SetBudget("fx", new MemoryBudget { HardBytes = 1 });
            Assert.False(pool.TryAllocate(out _));
        }
        Assert.True(pool.TryAllocate(out _));
    }

    [Fact]
    public void Budgets_make_no_garbage_while_they_are_kept()
    {
        using var pool = new Pool<Wide>(_arena, new PoolOptions { Tag = "fx" });
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        tracker.SetBudget("fx", new MemoryBudget { HardBytes = 1 << 20, SoftBytes = 1 << 10 });
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                pool.Free(pool.Allocate());
                using (MemoryTag.Begin("ai"))
                    heap.Free(heap.Allocate(16));
            }
        }));
    }

    [Fact]
    public void Threads_under_one_budget_never_pass_it()
    {
        const int threads = 4;
        const int ceiling = 64 * 128;
        var pools = Enumerable.Range(0, threads)
            .Select(_ => new Pool<Wide>(_arena, new PoolOptions { Tag = "all" })).ToArray();
        using var tracker = LeakTracker.Attach(_arena);
        tracker.SetBudget("all", new MemoryBudget { HardBytes = ceiling });
        var (alive, most) = (0L, 0L);
        var runs = pools.Select(pool => new Thread(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                if (!pool.TryAllocate(out var slot))
                    continue;
                var now = Interlocked.Add(ref alive, 128);
                InterlockedMax(ref most, now);
                if (i % 3 == 0 && i < 4_900)
                {
                    Interlocked.Add(ref alive, -128);
                    pool.Free(slot);
                }
            }
        })).ToArray();
        Array.ForEach(runs, run => run.Start());
        Array.ForEach(runs, run => run.Join());
        var live = pools.Sum(pool => (long)pool.LiveBytes);
        Assert.Equal(ceiling, live);
        Assert.Equal(ceiling, most);
        Assert.Equal(live, (long)tracker.Report().Tags.Single().Bytes);
    }

    [Fact]
    public void Two_threads_are_not_given_the_same_rest_of_a_budget()
    {
        using var first = new Pool<Wide>(_arena, new PoolOptions { Tag = "all" });
        using var second = new Pool<Wide>(_arena, new PoolOptions { Tag = "all" });
        using var tracker = LeakTracker.Attach(_arena);
        tracker.SetBudget("all", new MemoryBudget { HardBytes = 128 });
        var between = new Between(() => second.TryAllocate(out _));
        _arena.Attach(between);
        Assert.True(first.TryAllocate(out _));
        _arena.Detach(between);
        Assert.Equal(1, between.Calls);
        Assert.Equal(0, second.LiveCount);
        Assert.Equal(1, tracker.Report().Tags.Single().Refusals);
    }

    [Theory]
    [InlineData("pool")]
    [InlineData("heap")]
    [InlineData("shared heap")]
    [InlineData("buddy")]
    [InlineData("arena")]
    public void What_fails_after_it_was_permitted_takes_nothing_of_the_budget(string kind)
    {
        using var arena = new PageArena(new PageArenaOptions { ReserveBytes = 8 << 20, BudgetBytes = 2 << 20 });
        using var tracker = LeakTracker.Attach(arena);
        var tryAllocate = TryOf(kind, arena);
        using (MemoryTag.Begin("all"))
        {
            while (tryAllocate())
            {
            }
        }
        // The budget allows exactly one more, the arena does not.
        var use = tracker.Report().Tags.Single();
        tracker.SetBudget("all", new MemoryBudget { HardBytes = use.Bytes + use.Bytes / (nuint)use.Count });
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var thread = new Thread(() =>
            {
                using var tag = MemoryTag.Begin("all");
                tryAllocate();
            });
            thread.Start();
            thread.Join();
        }
        Assert.Equal(use.Count, tracker.Report().Tags.Single().Count);
        Assert.Equal(0, tracker.Report().Tags.Single().Refusals);
    }

    private static Func<bool> TryOf(string kind, PageArena arena)
    {
        switch (kind)
        {
            case "pool":
                var pool = new Pool<Wide>(arena);
                return () => pool.TryAllocate(out _);
            case "heap":
                var heap = new Heap(arena);
                return () => heap.TryAllocate(100_000, 0, out _);
            case "shared heap":
                var shared = new SharedHeap(arena);
                return () => shared.TryAllocate(100_000, 0, out _);
            case "buddy":
                var buddy = new BuddyAllocator(arena, 1 << 20);
                return () => buddy.TryAllocate(100_000, 0, out _);
            default:
                return () => arena.TryAllocate(100_000, 0, out _);
        }
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Interlocked.Read(ref most); value > seen; seen = Interlocked.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    // Asked after the budget: what another thread does now happens while the first allocation is permitted, not made.
    private sealed class Between(Action act) : IAllocationVeto
    {
        public int Calls { get; private set; }

        public string? WhyRefused(Allocator allocator, nuint byteCount)
        {
            if (Calls++ > 0)
                return null;
            var thread = new Thread(() => act());
            thread.Start();
            thread.Join();
            return null;
        }

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

    private struct Wide
    {
        public fixed byte Bytes[128];
    }
}
