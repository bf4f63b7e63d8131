using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>Allocators that many threads use go back at a quiet point. Threads do not go back.</summary>
public sealed unsafe class SharedHistoryTests : IDisposable
{
    private readonly PageArena _arena = new("threads") { IgnoreLeaks = true };

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_worker_keeps_its_frames_if_it_had_some_and_gets_others_if_not()
    {
        using var workers = new Workers(2);
        using var frames = new WorkerFrames(_arena, 4096);
        using var history = ArenaHistory.Attach(_arena, 4);
        FrameAllocator? first = null, second = null;
        workers.Run(0, () => *(first = frames.Current).Allocate<ulong>() = 1);
        history.Save(0);
        workers.Run(0, () => *frames.Current.Allocate<ulong>() = 2);
        workers.Run(1, () => *(second = frames.Current).Allocate<ulong>() = 3);
        history.Save(1);
        history.Restore(0);
        Assert.Equal((1, 8u), (frames.Count, frames.UsedBytes));
        Assert.True(second!.IsDisposed);
        workers.Run(0, () =>
        {
            Assert.Same(first, frames.Current);
            return *frames.Current.Allocate<ulong>() = 4;
        });
        workers.Run(1, () =>
        {
            Assert.NotSame(second, frames.Current);
            return *frames.Current.Allocate<ulong>() = 5;
        });
        Assert.Equal((2, 32u), (frames.Count, frames.UsedBytes));
        frames.NextFrame();
        Assert.Equal(0u, frames.UsedBytes);
    }

    [Fact]
    public void Worker_frames_that_were_disposed_are_back_with_the_parts_of_the_frame()
    {
        using var workers = new Workers(3);
        using var frames = new WorkerFrames(_arena, 4096);
        using var history = ArenaHistory.Attach(_arena, 4);
        var first = workers.Run(0, () => (nuint)frames.Current.Allocate<ulong>());
        workers.Run(1, () => (nuint)frames.Current.Allocate<ulong>());
        history.Save(0);
        workers.Run(2, () => (nuint)frames.Current.Allocate<ulong>());
        frames.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workers.Run(0, () => frames.Current.UsedBytes));
        Assert.Empty(history.Difference(0, 0));
        Assert.True(frames.IsDisposed);
        history.Restore(0);
        Assert.Equal((false, 2), (frames.IsDisposed, frames.Count));
        Assert.Equal(first + 16, workers.Run(0, () => (nuint)frames.Current.Allocate<ulong>()));
        workers.Run(2, () => (nuint)frames.Current.Allocate<ulong>());
        Assert.Equal((3, 40u), (frames.Count, frames.UsedBytes));
    }

    [Fact]
    public void A_part_of_a_shared_heap_that_is_younger_than_the_frame_is_empty_in_it()
    {
        using var workers = new Workers(2);
        using var heap = new SharedHeap(_arena);
        using var history = ArenaHistory.Attach(_arena, 4);
        var kept = workers.Run(0, () => (ulong)heap.Allocate(100));
        history.Save(0);
        var committed = heap.CommittedBytes;
        var next = workers.Run(1, () => (nuint)heap.Allocate(100));
        workers.Run(1, () => Free(heap, kept));
        for (var again = 0; again < 3; again++)
        {
            history.Restore(0);
            Assert.Equal((1, committed), (heap.LiveCount, heap.CommittedBytes));
            Assert.Equal(next, workers.Run(1, () => (nuint)heap.Allocate(100)));
            // By another thread than the one that allocated it, which takes it back.
            workers.Run(1, () => Free(heap, kept));
            Assert.Throws<InvalidFreeException>(() => workers.Run(again % 2, () => Free(heap, kept)));
            Assert.Equal(1, heap.LiveCount);
        }
    }

    [Fact]
    public void The_slots_of_a_shared_pool_with_a_maximum_are_counted_as_in_the_frame()
    {
        using var pool = new SharedPool<long>(_arena, new PoolOptions { MaximumSlots = 3 });
        using var history = ArenaHistory.Attach(_arena, 4);
        var first = pool.Allocate();
        history.Save(0);
        for (var again = 0; again < 3; again++)
        {
            Assert.True(pool.TryAllocate(out _) && pool.TryAllocate(out _));
            Assert.False(pool.TryAllocate(out _));
            history.Restore(0);
            Assert.Equal(1, pool.LiveCount);
        }
        pool.Free(first);
        pool.Dispose();
        history.Restore(0);
        Assert.Equal((false, 1), (pool.IsDisposed, pool.LiveCount));
        pool.Free(first);
    }

    [Fact]
    public void Memory_of_threads_of_another_process_is_free_for_the_threads_of_this_one()
    {
        var stream = new MemoryStream();
        nuint place;
        ulong kept, remote;
        using (var workers = new Workers(2))
        using (var arena = Make(0))
        {
            place = arena.BaseAddress;
            var heap = new SharedHeap(arena);
            kept = workers.Run(0, () => (ulong)heap.Allocate(100));
            remote = workers.Run(1, () => (ulong)heap.Allocate(3000));
            workers.Run(0, () => Free(heap, remote));
            *(int*)kept = 77;
            using var history = ArenaHistory.Attach(arena, 1);
            history.Save(5);
            history.WriteTo(5, stream);
        }
        using var other = Make(place);
        var same = new SharedHeap(other);
        using var second = ArenaHistory.Attach(other, 2);
        stream.Position = 0;
        second.ReadFrom(stream);
        Assert.Equal((1, 77), (same.LiveCount, *(int*)kept));
        var again = same.Allocate(100);
        Assert.True((ulong)again != kept);
        same.Free((void*)kept);
        Assert.Throws<InvalidFreeException>(() => same.Free((void*)remote));
        same.Free(again);
        second.Restore(5);
        Assert.Equal((1, 77), (same.LiveCount, *(int*)kept));
    }

#if DEBUG
    [Fact]
    public void A_thread_that_is_inside_while_an_arena_goes_back_is_seen_in_Debug()
    {
        using var heap = new SharedHeap(_arena);
        heap.Free(heap.Allocate(100));
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(0);
        history.Restore(0);
        _arena.WentBack += _ => Threads.OtherThread.Run(() => heap.Free(heap.Allocate(100)));
        var error = Assert.ThrowsAny<Exception>(() => history.Restore(0));
        Assert.Contains("another thread was inside", error.Message, StringComparison.Ordinal);
    }
#endif

    private static ulong Free(SharedHeap heap, ulong address)
    {
        heap.Free((void*)address);
        return 0;
    }

    private static PageArena Make(nuint place) => new(
        new PageArenaOptions { Name = "shared", ReserveBytes = 1u << 28, BaseAddress = place }) { IgnoreLeaks = true };
}
