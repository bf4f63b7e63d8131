using Arena.Tests.Threads;

namespace Arena.Tests.Frames;

public sealed unsafe class WorkerFramesTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Every_thread_has_its_own_and_keeps_it()
    {
        using var frames = new WorkerFrames(_arena, 1000, name: "jobs");
        Assert.Equal((0, (nuint)0), (frames.Count, _arena.LentBytes));
        var mine = frames.Current;
        using var other = new OtherThread();
        var its = other.Call(() => frames.Current);
        Assert.NotSame(mine, its);
        Assert.Same(mine, frames.Current);
        Assert.Same(its, other.Call(() => frames.Current));
        Assert.Equal((2, "jobs 0", "jobs 1"), (frames.Count, frames[0].Name, frames[1].Name));
        Assert.Same(mine, frames[0]);
        Assert.Same(its, frames[1]);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => frames[2]);
        Assert.Contains("'jobs' have 2 workers, and 2 is none", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => frames[-1]);
    }

    [Fact]
    public void All_go_on_together_and_earlier_frames_stay_as_long_as_there_are_buffers()
    {
        using var frames = new WorkerFrames(_arena, 4096, buffers: 2);
        var workers = Enumerable.Range(0, 4).Select(_ => new OtherThread()).ToArray();
        var last = new nint[4];
        for (var frame = 1; frame < 300; frame++)
        {
            for (var i = 0; i < 4; i++)
            {
                // The values of the last frame are still there; any thread may look.
                Assert.True(frame == 1 || *(int*)last[i] == 10 * (frame - 1) + i);
                last[i] = workers[i].Call(() => (nint)frames.Current.Allocate(1000 * (nuint)(frame % 9 + 1)));
                *(int*)last[i] = 10 * frame + i;
            }
            Assert.Equal(4 * 1000u * (nuint)(frame % 9 + 1), frames.UsedBytes);
            frames.NextFrame();
            Assert.Equal(0u, frames.UsedBytes);
        }
        Assert.Equal(4, frames.Count);
        Assert.Equal(2, frames.Buffers);
        Array.ForEach(workers, worker => worker.Dispose());
    }

    [Fact]
    public void What_an_ended_thread_left_goes_to_the_next_and_stays_valid_until_the_frame_ends()
    {
        using var frames = new WorkerFrames(_arena);
        for (var i = 0; i < 200; i++)
        {
            var value = OtherThread.Run(() => (nint)frames.Current.Allocate<long>());
            *(long*)value = i;
            var next = OtherThread.Run(() => (nint)frames.Current.Allocate<long>());
            Assert.Equal(value + 16, next);
            Assert.Equal(i, *(long*)value);
            frames.NextFrame();
        }
        Assert.Equal(1, frames.Count);
    }

    [Fact]
    public void More_sets_than_a_thread_can_remember_keep_apart()
    {
        var sets = Enumerable.Range(0, 70).Select(n => new WorkerFrames(_arena, 100, name: $"set {n}")).ToArray();
        var first = sets.Select(set => set.Current).ToArray();
        Assert.Equal(70, first.Distinct().Count());
        Assert.Equal(first, sets.Select(set => set.Current));
        Assert.All(sets, set => Assert.Equal(1, set.Count));
        Array.ForEach(sets, set => set.Dispose());
    }

    [Fact]
    public void Asking_and_frames_make_no_garbage()
    {
        using var frames = new WorkerFrames(_arena);
        frames.Current.Allocate(10);
        frames.NextFrame();
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                frames.Current.Allocate(10);
#if !DEBUG
                frames.NextFrame();
#endif
            }
        }));
    }

    [Fact]
    public void Bad_options_and_out_of_memory_are_reported_and_change_nothing()
    {
        Assert.Throws<ArgumentNullException>(() => new WorkerFrames(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerFrames(_arena, buffers: 0));
        Assert.Throws<ArgumentException>(() => new WorkerFrames(_arena, name: " "));
        using var tiny = new PageArena(new PageArenaOptions { Name = "tiny", BudgetBytes = 64 << 10 });
        using var frames = new WorkerFrames(tiny, 1 << 20, name: "jobs");
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => frames.Current);
        Assert.Contains("'jobs 0' in arena 'tiny'", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, frames.Count);
    }

    [Fact]
    public void After_Dispose_every_call_is_refused_and_all_memory_is_back()
    {
        var frames = new WorkerFrames(_arena, name: "jobs");
        frames.Current.Allocate(100);
        var left = OtherThread.Run(() => frames.Current);
        Assert.Equal("worker frames 'jobs': 100 bytes used by 2 workers", frames.ToString());
        frames.Dispose();
        frames.Dispose();
        Assert.Equal(0u, _arena.LentBytes);
        for (var round = 0; round < 2; round++)
        {
            Assert.Throws<ObjectDisposedException>(() => frames.Current);
            Assert.Throws<ObjectDisposedException>(frames.NextFrame);
            Assert.Throws<ObjectDisposedException>(() => { left.Allocate(1); });
        }
        Assert.Equal("worker frames 'jobs' (disposed)", frames.ToString());
        var late = new WorkerFrames(_arena);
        var current = late.Current;
        _arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { current.Allocate(1 << 20); });
        Assert.Throws<ObjectDisposedException>(late.NextFrame);
        late.Dispose();
    }

#if DEBUG
    [Fact]
    public void A_worker_that_allocates_while_the_frame_ends_is_seen_in_Debug()
    {
        using var frames = new WorkerFrames(_arena, 64 << 20);
        frames.Current.Allocate(1);
        var isOver = false;
        var worker = new Thread(() =>
        {
            var current = frames.Current;
            while (!Volatile.Read(ref isOver))
                current.Allocate(1, 1);
        });
        worker.Start();
        SpinWait.SpinUntil(() => frames.Count == 2);
        // It does nothing else, so it is caught in one of the first frames.
        var error = Assert.ThrowsAny<Exception>(() =>
        {
            for (var i = 0; i < 1_000_000; i++)
                frames.NextFrame();
        });
        Volatile.Write(ref isOver, true);
        worker.Join();
        Assert.Contains("worker 1 allocated while NextFrame ran", error.Message, StringComparison.Ordinal);
    }
#endif
}
