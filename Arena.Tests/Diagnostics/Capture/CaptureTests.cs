using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Capture;

public sealed unsafe class CaptureTests : IDisposable
{
    // No thread writes in these tests but this one.
    private static readonly CaptureOptions Slow = new() { Interval = TimeSpan.FromMinutes(1) };

    private readonly PageArena _arena = new("level");
    private readonly string _path = Path.GetTempFileName();

    public void Dispose()
    {
        _arena.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void What_was_written_is_read_again()
    {
        using var pool = new Pool<Wide>(_arena, new PoolOptions { Name = "walls", Tag = "level" });
        using var heap = new Heap(_arena, "any");
        pool.Allocate();
        using var tracker = LeakTracker.Attach(_arena);
        tracker.SetBudget("level", new MemoryBudget { HardBytes = 96 * 3 });
        int wallLine, dataLine;
        using (var writer = CaptureWriter.Start(_path, Slow, tracker))
        {
            writer.Mark("begin");
            pool.Allocate();
            pool.Allocate(); wallLine = Here();
            heap.Allocate(100); dataLine = Here();
            heap.Free(heap.Allocate(100));
            tracker.EndFrame();
            writer.Flush();
            heap.Free(heap.Allocate(1024));
            heap.Allocate(200_000);
            tracker.EndFrame();
            tracker.EndFrame();
            Assert.Throws<ArenaOutOfMemoryException>(() => pool.Allocate());
            Assert.Throws<InvalidFreeException>(() => heap.Free((void*)16));
            writer.RecordMap(tracker);
            writer.RecordSnapshot("middle");
        }

        var capture = MemoryCapture.Read(_path);
        Assert.Null(capture.Problem);
        Assert.True(capture.IsEnded);
        Assert.Equal(new Version(1, 0), capture.FormatVersion);
        Assert.Equal(Environment.ProcessId.ToString(provider: null), capture.Facts["process id"]);
        Assert.InRange(capture.Started, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);

        var arena = Assert.Single(capture.Arenas);
        Assert.Equal(("level", 0, (long)_arena.ReservedBytes), (arena.Name, arena.Number, arena.ReservedBytes));
        Assert.Equal((ulong)_arena.Base, arena.BaseAddress);
        Assert.Equal(
            ["arena 'level'", "heap 'any'", "pool 'walls'"], arena.Allocators.Select(a => a.ToString()).Order());
        var walls = arena.Allocators.Single(a => a.Kind == "pool");
        Assert.Equal(
            ("level", 1L, 96L, 192L), (walls.Tag, walls.CountAtAttach, walls.BytesAtAttach, walls.TrackedBytes));

        var totals = arena.Totals[^1];
        Assert.Equal((6L, 2L, 3L), (totals.Allocations, totals.Frees, totals.Frame));
        Assert.Equal((96L, 1L), (totals.BeforeBytes, totals.BeforeCount));
        Assert.Equal((long)(pool.LiveBytes + heap.LiveBytes), totals.LiveBytes);
        Assert.Equal((long)_arena.CommittedBytes, totals.CommittedBytes);

        Assert.Equal([0L, 1, 2], arena.Frames.Select(f => f.FirstFrame));
        Assert.Equal([4L, 2, 0], arena.Frames.Select(f => f.Allocations));
        Assert.Equal(tracker.RecentFrames().Select(f => f.LiveBytes), arena.Frames.Select(f => f.LiveBytes));
        Assert.Equal(tracker.RecentFrames().Select(f => f.PeakBytes), arena.Frames.Select(f => f.PeakBytes));

        var wall = capture.Sites.Single(s => s.Line == wallLine);
        Assert.Equal((1L, 96L, "level"), (wall.LiveCount, wall.LiveBytes, wall.Tag));
        Assert.EndsWith("CaptureTests.cs", wall.File, StringComparison.Ordinal);
        Assert.Equal(nameof(What_was_written_is_read_again), wall.Member);
        Assert.Equal(112, capture.Sites.Single(s => s.Line == dataLine).LiveBytes);
        Assert.All(capture.Sites, site => Assert.Equal(capture.SampleSeconds.Count, site.Bytes.Count));
        Assert.Equal(wall.LiveBytes, wall.Bytes[0]);
        Assert.Equal(2, wall.OldestFrames - 1);
        var shortLived = capture.Sites.Single(s => s.ShortLived > 0);
        Assert.Equal((1L, 1024L, 0L), (shortLived.ShortLived, shortLived.ShortLivedBytes, shortLived.LiveBytes));

        CaptureEventKind[] told =
        [
            CaptureEventKind.Mark, CaptureEventKind.Budget, CaptureEventKind.OutOfMemory, CaptureEventKind.InvalidFree,
        ];
        Assert.Equal(told, capture.Events.Select(e => e.Kind));
        Assert.Contains(nameof(What_was_written_is_read_again), capture.Events[2].Stack, StringComparison.Ordinal);

        var level = capture.Tags.Single(tag => tag.Tag == "level");
        Assert.Equal((3, (nuint)288), (level.Count, level.Bytes));
        Assert.Equal((1L, (nuint)288), (level.Refusals, level.Budget!.HardBytes));
        Assert.Equal(["middle", "end"], capture.Snapshots.Select(s => s.Name));
        Assert.Empty(capture.Snapshots[0].DifferenceTo(capture.Snapshots[1]));
        Assert.True(capture.Process[^1].ResidentBytes > 1 << 20 && capture.Process[^1].ManagedBytes > 1 << 10);
        Assert.True(capture.Overhead is { TableBytes: > 0, Writings: >= 2, TrackedCount: 4, FileBytes: > 0 });
        AssertMap(capture, heap, pool);
    }

    [Fact]
    public void A_file_that_is_written_still_is_read_as_of_the_last_writing()
    {
        using var pool = new Pool<Wide>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        using var writer = CaptureWriter.Start(_path, Slow, tracker);
        for (var round = 1; round <= 100; round++)
        {
            pool.Allocate();
            tracker.EndFrame();
            writer.Flush();
            if (round % 33 != 0)
                continue;
            var capture = MemoryCapture.Read(_path);
            Assert.Contains("it was not ended", capture.Problem, StringComparison.Ordinal);
            Assert.False(capture.IsEnded);
            var site = Assert.Single(capture.Sites);
            Assert.Equal((round, round * 96), (site.LiveCount, site.LiveBytes));
            Assert.Equal(round * 96, site.Bytes[^1]);
            Assert.Equal(round, capture.Arenas[0].Frames.Sum(f => f.Frames));
            Assert.Equal(round, capture.Arenas[0].Totals[^1].Allocations);
        }
    }

    [Fact]
    public void Trackers_and_allocators_come_and_go_and_stay_in_the_file()
    {
        using var writer = CaptureWriter.Start(_path, Slow);
        for (var round = 0; round < 3; round++)
        {
            using var arena = new PageArena($"level {round}");
            using var tracker = LeakTracker.Attach(arena);
            writer.Add(tracker);
            using (var gone = new Pool<long>(arena, new PoolOptions { Name = "gone" }))
            {
                gone.Allocate();
                writer.Flush();
            }
            using var pool = new Pool<long>(arena, new PoolOptions { Name = "stays" });
            pool.Allocate();
            Assert.Throws<InvalidOperationException>(() => writer.Add(tracker));
            Assert.Throws<InvalidOperationException>(() => CaptureWriter.Start(_path + "2", tracker));
            tracker.Dispose();
        }
        File.Delete(_path + "2");
        writer.Dispose();
        var capture = MemoryCapture.Read(_path);
        Assert.Null(capture.Problem);
        Assert.Equal(["level 0", "level 1", "level 2"], capture.Arenas.Select(a => a.Name));
        foreach (var arena in capture.Arenas)
        {
            Assert.Equal(
                [("gone", true), ("stays", true)],
                arena.Allocators.Where(a => a.Kind == "pool").Select(a => (a.Name, a.IsGone)).Order());
        }
        // The last allocation of each arena was alive when its tracker was disposed, and freed ones were counted.
        Assert.Equal([3L, 3], capture.Sites.Select(s => s.Allocations));
        Assert.Equal([0L, 3], capture.Sites.Select(s => s.LiveCount));
        Assert.Equal(6, capture.Events.Count(e => e.Kind == CaptureEventKind.Leak));
    }

    [Fact]
    public void A_tracker_can_be_captured_again_after_a_capture_ended()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        for (var round = 1; round <= 3; round++)
        {
            using (CaptureWriter.Start(_path, Slow, tracker))
            {
                pool.Allocate();
                tracker.EndFrame();
            }
            var capture = MemoryCapture.Read(_path);
            Assert.Equal(round, Assert.Single(capture.Sites).LiveCount);
            Assert.Equal(1, Assert.Single(capture.Arenas[0].Frames).Frames);
        }
    }

    [Fact]
    public void Samples_are_estimates_with_their_error_in_the_file_too()
    {
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 4096 });
        using (CaptureWriter.Start(_path, Slow, tracker))
        {
            for (var i = 0; i < 20_000; i++)
                heap.Allocate(100);
        }
        var capture = MemoryCapture.Read(_path);
        Assert.Equal(4096, capture.Arenas[0].SampleBytes);
        var site = Assert.Single(capture.Sites);
        Assert.InRange(site.LiveBytesError, 1, 200_000);
        Assert.InRange(site.LiveBytes, 2_240_000 - 4 * site.LiveBytesError, 2_240_000 + 4 * site.LiveBytesError);
    }

    [Fact]
    public void Writing_and_ending_frames_make_no_garbage()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        using var writer = CaptureWriter.Start(_path, Slow, tracker);
        for (var i = 0; i < 20; i++)
        {
            tracker.EndFrame();
            writer.Flush();
        }
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                pool.Allocate();
                tracker.EndFrame();
                if (i % 10 == 0)
                    writer.Flush();
            }
        }));
    }

    [Fact]
    public void Its_own_thread_writes_once_an_interval()
    {
        using var tracker = LeakTracker.Attach(_arena);
        using var writer = CaptureWriter.Start(
            _path, new CaptureOptions { Interval = TimeSpan.FromMilliseconds(10) }, tracker);
        Assert.True(SpinWait.SpinUntil(() => writer.WrittenCount >= 3, TimeSpan.FromMinutes(1)));
        Assert.Null(writer.Problem);
    }

    [Fact]
    public void A_capture_that_cannot_begin_says_why()
    {
        Assert.ThrowsAny<IOException>(() => CaptureWriter.Start(Path.Combine(_path, "in a file")));
        Assert.Throws<ArgumentException>(() => CaptureWriter.Start(""));
        Refused(new CaptureOptions { Interval = TimeSpan.Zero }, "give 0.01 to 60 s");
        Refused(new CaptureOptions { SiteSamples = 1 }, "SiteSamples");
        using var tracker = LeakTracker.Attach(_arena);
        using var writer = CaptureWriter.Start(_path, Slow);
        var e = Assert.Throws<InvalidOperationException>(() => writer.RecordMap(tracker));
        Assert.Contains("Add it first", e.Message, StringComparison.Ordinal);
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(writer.Flush);
        Assert.Throws<ObjectDisposedException>(() => writer.Add(tracker));

        void Refused(CaptureOptions options, string remedy)
        {
            var e = Assert.ThrowsAny<ArgumentException>(() => CaptureWriter.Start(_path, options));
            Assert.Contains(remedy, e.Message, StringComparison.Ordinal);
        }
    }

    private static void AssertMap(MemoryCapture capture, Heap heap, Pool<Wide> pool)
    {
        var map = Assert.Single(capture.Maps);
        Assert.True(map.IsComplete);
        Assert.Equal((long)heap.Arena.LentBytes, map.LentBytes);
        Assert.Equal((long)(heap.LiveBytes + pool.LiveBytes), map.LiveBytes);
        Assert.Equal(heap.LiveCount + pool.LiveCount, map.LiveCount);
        Assert.True(map.Committed.Sum(run => run.ByteCount) >= map.LentBytes);
        var slab = map.Blocks.Single(block => block.SlotBytes == 96);
        Assert.Equal(new MapRun(slab.Offset + pool.Layout.HeaderBytes, 3 * 96, 3), Assert.Single(slab.Runs));
        var allocator = capture.Arenas[0].Allocators.Single(a => a.Number == slab.Allocator);
        Assert.Equal("walls", allocator.Name);
    }

    private static int Here([CallerLineNumber] int line = 0) => line;

    private struct Wide
    {
        public fixed byte Bytes[96];
    }
}
