using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>A sampling tracker is not notified of frees, and finds dead samples by the bitmaps.</summary>
public sealed unsafe class SampledFreeTests : IDisposable
{
    private static readonly LeakTrackerOptions Nearly = new() { SampleBytes = 2 };

    private readonly PageArena _arena = new("sampled frees");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void The_hot_slot_of_a_pool_is_dead_and_its_next_tenant_is_alive()
    {
        using var pool = new Pool<Wide>(_arena);
        using var tracker = LeakTracker.Attach(_arena, Nearly);
        var first = pool.Allocate();
        var kept = pool.Allocate();
        pool.Free(first);
        Assert.Equal(1, tracker.Report().LiveCount);
        Assert.True(pool.Allocate() == first);
        Assert.Equal(2, tracker.Report().LiveCount);
        pool.Free(kept);
        pool.Free(first);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void A_place_that_is_used_again_has_the_line_of_its_last_tenant()
    {
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena, Nearly);
        var address = heap.Allocate(64, file: "first.cs", line: 1);
        heap.Free(address);
        Assert.True(heap.Allocate(64, file: "second.cs", line: 2) == address);
        var site = Assert.Single(tracker.Report().Sites);
        Assert.Equal(("second.cs", 2, 1), (site.File, site.Line, site.Count));
    }

    [Fact]
    public void A_tenant_that_is_not_in_the_sample_ends_the_one_before_that_was()
    {
        using var pool = new Pool<Wide>(_arena);
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 1 << 30 });
        var other = pool.Allocate();
        pool.Filter!.BytesLeft = heap.Filter!.BytesLeft = 1;
        var slot = pool.Allocate();
        var address = heap.Allocate(64);
        Assert.Equal(2, tracker.Report().Sites.Count);

        // Hot, then from the word behind a hot one; and from the magazine.
        pool.Free(slot);
        Assert.True(pool.Allocate() == slot);
        heap.Free(address);
        Assert.True(heap.Allocate(64) == address);
        Assert.Empty(tracker.Report().Sites);
        pool.Filter.BytesLeft = 1;
        pool.Free(slot);
        Assert.True(pool.Allocate() == slot);
        pool.Free(other);
        pool.Free(slot);
        Assert.True(pool.Allocate() == other);
        Assert.True(pool.Allocate() == slot);
        Assert.Empty(tracker.Report().Sites);
    }

    [Fact]
    public void Dead_samples_are_found_when_their_storage_goes_and_when_another_observer_attaches()
    {
        using var pool = new Pool<Wide>(_arena, new PoolOptions { SlabBytes = 4096 });
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena, Nearly);
        var addresses = Enumerable.Range(0, 200).Select(_ => (nint)heap.Allocate(64)).ToList();
        var slots = Enumerable.Range(0, 200).Select(_ => (nint)pool.Allocate()).ToList();
        addresses.ForEach(address => heap.Free((void*)address));
        slots.ForEach(slot => pool.Free((Wide*)slot));
        heap.Trim();
        pool.Trim();
        Assert.Equal(0, tracker.Report().LiveCount);

        pool.Free(pool.Allocate());
        using var second = LeakTracker.Attach(_arena);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void A_frame_counts_the_deaths_in_it_and_its_short_lives()
    {
        using var pool = new Pool<Wide>(_arena);
        using var tracker = LeakTracker.Attach(_arena, Nearly);
        tracker.EndFrame();
        var kept = pool.Allocate();
        for (var i = 0; i < 10; i++)
            pool.Free(pool.Allocate());
        var frame = tracker.EndFrame();
        Assert.Equal((11, 10), (frame.Allocations, frame.Frees));
        pool.Free(kept);
        frame = tracker.EndFrame();
        Assert.Equal((0, 1, 0), (frame.Allocations, frame.Frees, frame.LiveBytes));
        Assert.Equal(10, Assert.Single(tracker.Report().ShortLived).ShortLived);
    }

    [Fact]
    public void A_bad_free_is_refused_all_the_same()
    {
        using var pool = new Pool<Wide>(_arena);
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 100 });
        var slots = new Wide*[200];
        for (var i = 0; i < slots.Length; i++)
            slots[i] = pool.Allocate();
        var address = heap.Allocate(100);
        for (var i = 0; i < slots.Length; i += 3)
        {
            pool.Free(slots[i]);
            Assert.Throws<InvalidFreeException>(() => pool.Free(slots[i]));
            Assert.Throws<InvalidFreeException>(() => pool.Free((Wide*)((byte*)slots[i] + 8)));
        }
        Assert.Throws<InvalidFreeException>(() => pool.Free((Wide*)address));
        heap.Free(address);
        Assert.Throws<InvalidFreeException>(() => heap.Free(address));
        Assert.Equal(slots.Length - 67, pool.LiveCount);
    }

    [Fact]
    public void A_walk_sees_all_and_only_the_living_while_it_frees()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 64 });
        for (long i = 0; i < 1_000; i++)
            *pool.Allocate() = i;
        long seen = 0;
        foreach (ref var value in pool)
        {
            Assert.Equal(seen++, value);
            fixed (long* slot = &value)
            {
                if (value % 3 != 0)
                    pool.Free(slot);
            }
        }
        Assert.Equal(1_000, seen);
        seen = 0;
        foreach (ref var value in pool)
            Assert.Equal(3 * seen++, value);
        Assert.Equal(334, seen);
        Assert.Equal(334, pool.LiveCount);
    }

    [Fact]
    public void Reports_from_another_thread_never_miss_what_lives_while_storage_comes_and_goes()
    {
        using var slabs = new Pool<Wide>(_arena, new PoolOptions { SlabBytes = 4096 });
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena, Nearly);
        var kept = new nint[40];
        for (var i = 0; i < kept.Length; i++)
            kept[i] = i % 2 == 0 ? (nint)slabs.Allocate(line: 7) : (nint)heap.Allocate(64, line: 7);
        var reports = 0;
        var wrong = 0;
        var isOver = false;
        var reader = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                var known = tracker.Report().Sites.Where(site => site.Line == 7).Sum(site => site.Count);
                wrong += known == kept.Length ? 0 : 1;
                Volatile.Write(ref reports, reports + 1);
            }
        });
        reader.Start();
        for (var round = 0; round < 200 || Volatile.Read(ref reports) < 50; round++)
            Breathe(slabs, heap);
        Volatile.Write(ref isOver, true);
        reader.Join();
        Assert.Equal(0, wrong);
        Assert.Equal(kept.Length, tracker.Report().LiveCount);
    }

    private static void Breathe(Pool<Wide> slabs, Heap heap)
    {
        var slots = stackalloc Wide*[400];
        var blocks = stackalloc void*[40];
        for (var i = 0; i < 400; i++)
            slots[i] = slabs.Allocate();
        for (var i = 0; i < 40; i++)
            blocks[i] = heap.Allocate(200_000);
        for (var i = 0; i < 400; i++)
            slabs.Free(slots[i]);
        for (var i = 0; i < 40; i++)
            heap.Free(blocks[i]);
        slabs.Trim();
        heap.Trim();
    }

    private struct Wide
    {
        public fixed byte Bytes[48];
    }
}
