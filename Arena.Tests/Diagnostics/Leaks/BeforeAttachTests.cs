using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>Allocations from before the tracker are counted from the bitmaps of every kind of allocator.</summary>
public sealed unsafe class BeforeAttachTests : IDisposable
{
    private readonly PageArena _arena = new("late");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Every_kind_of_allocator_is_counted_as_it_was()
    {
        using var pool = new Pool<long>(_arena, new PoolOptions { Name = "bullets" });
        using var map = new HandleMap<int>(_arena, new PoolOptions { Name = "ships" });
        using var heap = new Heap(_arena, "any");
        using var buddy = new BuddyAllocator(_arena, 1 << 20, name: "data");
        using var frames = new FrameAllocator(_arena);
        for (var i = 0; i < 10; i++)
            pool.Free(pool.Allocate());
        pool.Allocate();
        pool.Allocate();
        map.Allocate(1);
        map.Free(map.Allocate(2));
        heap.Allocate(100);
        heap.Allocate(1 << 20);
        buddy.Allocate(1000);
        frames.Allocate(500);
        var block = _arena.Allocate(8192);

        using var tracker = LeakTracker.Attach(_arena);
        var before = tracker.Report().BeforeAttach.ToDictionary(row => row.Allocator);
        Assert.Equal((2, (nuint)16), Count(before["pool 'bullets'"]));
        Assert.Equal((1, (nuint)map.Layout.StrideBytes), Count(before["handle map 'ships'"]));
        Assert.Equal((2, heap.LiveBytes), Count(before["heap 'any'"]));
        Assert.Equal((1, (nuint)1024), Count(before["buddy 'data'"]));
        Assert.Equal((1, (nuint)8192), Count(before["arena 'late'"]));
        Assert.Equal(5, before.Count);
        Assert.Equal(0, tracker.Report().LiveCount);
        _arena.Free(block);
    }

    [Fact]
    public void Their_frees_are_recognised_and_mixed_up_with_nothing()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<long>(_arena);
        void*[] old = [heap.Allocate(16), heap.Allocate(100), heap.Allocate(300_000)];
        var oldSlot = pool.Allocate();
        using var tracker = LeakTracker.Attach(_arena);
        var young = heap.Allocate(16);
        heap.Free(old[0]);
        heap.Free(old[2]);
        pool.Free(oldSlot);
        var again = pool.Allocate();
        heap.Free(young);

        var report = tracker.Report();
        Assert.Equal(1, report.LiveCount);
        var ofHeap = report.BeforeAttach.Single(row => row.Allocator.StartsWith("heap", StringComparison.Ordinal));
        Assert.Equal((3, 1), (ofHeap.CountAtAttach, ofHeap.Count));
        Assert.Equal(heap.LiveBytes, ofHeap.Bytes);
        var ofPool = report.BeforeAttach.Single(row => row.Allocator.StartsWith("pool", StringComparison.Ordinal));
        Assert.Equal((1, 0, (nuint)0), (ofPool.CountAtAttach, ofPool.Count, ofPool.Bytes));
        pool.Free(again);
    }

    [Fact]
    public void An_allocation_from_before_that_is_resized_gets_a_site()
    {
        using var heap = new Heap(_arena);
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        var inHeap = heap.Allocate(300_000);
        var inBuddy = buddy.Allocate(100);
        using var tracker = LeakTracker.Attach(_arena);
        inHeap = heap.Reallocate(inHeap, 400_000);
        inBuddy = buddy.Reallocate(inBuddy, 5_000);

        var report = tracker.Report();
        Assert.All(
            report.BeforeAttach,
            row => Assert.Equal((1, 0, (nuint)0), (row.CountAtAttach, row.Count, row.Bytes)));
        Assert.Equal(heap.LiveBytes + buddy.LiveBytes, report.LiveBytes);
        Assert.Equal(2, report.Sites.Count);
    }

    [Fact]
    public void What_is_cleared_or_disposed_is_gone_from_it_too()
    {
        using var pool = new Pool<long>(_arena, new PoolOptions { Name = "cleared" });
        var other = new Pool<long>(_arena, new PoolOptions { Name = "disposed" });
        pool.Allocate();
        other.Allocate();
        using var tracker = LeakTracker.Attach(_arena);
        pool.Clear();
        other.Dispose();
        var row = Assert.Single(tracker.Report().BeforeAttach);
        Assert.Equal(("pool 'cleared'", 1, 0), (row.Allocator, row.CountAtAttach, row.Count));
    }

    [Fact]
    public void A_second_tracker_counts_what_the_first_one_had_named()
    {
        using var pool = new Pool<long>(_arena);
        using (LeakTracker.Attach(_arena))
        {
            pool.Allocate();
            pool.Allocate();
        }
        using var second = LeakTracker.Attach(_arena);
        pool.Allocate();
        Assert.Equal(2, Assert.Single(second.Report().BeforeAttach).Count);
        Assert.Equal(1, second.Report().LiveCount);
    }

    [Fact]
    public void Two_trackers_at_a_time_agree_on_what_both_saw()
    {
        using var pool = new Pool<long>(_arena);
        using var first = LeakTracker.Attach(_arena);
        var slot = pool.Allocate();
        using var second = LeakTracker.Attach(_arena);
        pool.Allocate();
        pool.Free(slot);
        Assert.Equal(1, first.Report().LiveCount);
        Assert.Equal(1, second.Report().LiveCount);
        Assert.Equal(0, Assert.Single(second.Report().BeforeAttach).Count);
    }

    private static (int, nuint) Count(AllocatorAtAttach row)
    {
        Assert.Equal((row.CountAtAttach, row.BytesAtAttach), (row.Count, row.Bytes));
        return (row.CountAtAttach, row.BytesAtAttach);
    }
}
