using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

public sealed unsafe class SnapshotTests : IDisposable
{
    private readonly PageArena _arena = new("snapped");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void What_is_live_by_site_tag_and_size_class()
    {
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        foreach (var bytes in new nuint[] { 10, 16, 17, 64, 100, 4096 })
            heap.Allocate(bytes);
        var line = Here() - 1;
        using (MemoryTag.Begin("ai"))
            heap.Allocate(16);
        var snapshot = tracker.Snapshot();
        Assert.Equal(
            [(null, 4096u, 1, 4096), (null, 128u, 1, 112), (null, 64u, 1, 64), (null, 16u, 2, 32), (null, 32u, 1, 32),
                ("ai", 16u, 1, 16)],
            snapshot.Rows.Select(row => (row.Tag, (uint)row.ClassBytes, row.Count, row.Bytes)));
        Assert.Equal(5, snapshot.Rows.Count(row => row.Line == line));
        Assert.Equal([(6L, 4336L), (1, 16)], snapshot.BySite().Select(row => (row.Count, row.Bytes)));
        Assert.Equal([(null, 4336L), ("ai", 16)], snapshot.ByTag().Select(row => (row.Tag, row.Bytes)));
        Assert.Equal(
            [4096u, 128u, 64u, 16u, 32u], snapshot.BySizeClass().Select(row => (uint)row.ClassBytes));
        Assert.Equal((7, 4352), (snapshot.Count, snapshot.Bytes));
    }

    [Fact]
    public void The_difference_of_two_names_growth_first_and_leaves_out_what_stayed()
    {
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        var stays = heap.Allocate(16);
        var goes = heap.Allocate(1024);
        var goesLine = Here() - 1;
        var earlier = tracker.Snapshot();
        heap.Free(goes);
        for (var i = 0; i < 3; i++)
            heap.Allocate(100);
        var growsLine = Here() - 1;
        var difference = MemorySnapshot.Difference(earlier, tracker.Snapshot());
        Assert.Equal(
            [(growsLine, 3, 336), (goesLine, -1, -1024)],
            difference.Select(row => (row.Line, row.Count, row.Bytes)));
        Assert.Empty(MemorySnapshot.Difference(tracker.Snapshot(), tracker.Snapshot()));
        Assert.Equal(1, earlier.Rows.Count(row => row.ClassBytes == 1024));
        heap.Free(stays);
    }

    [Fact]
    public void Allocated_between_frames_100_and_200_and_alive_at_900()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        for (var frame = 0; frame < 900; frame++)
        {
            pool.Free(pool.Allocate());
            if (frame % 50 == 0)
                pool.Allocate();
            tracker.EndFrame();
        }
        var survivors = tracker.Snapshot(fromFrame: 100, toFrame: 200);
        Assert.Equal((3, 24, 900), (survivors.Count, survivors.Bytes, survivors.Frame));
        Assert.Contains("allocated in frames 100 to 200", survivors.ToString(), StringComparison.Ordinal);
        Assert.Equal(18, tracker.Snapshot().Count);
        Assert.Equal(0, tracker.Snapshot(fromFrame: 101, toFrame: 149).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => tracker.Snapshot(2, 1));
    }

    [Fact]
    public void What_dies_within_its_frame_has_a_list_of_its_own()
    {
        using var pool = new Pool<long>(_arena);
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        pool.Free(pool.Allocate());
        tracker.EndFrame();
        void* carried = null;
        for (var frame = 1; frame <= 10; frame++)
        {
            heap.Free(heap.Allocate(100));
            heap.Free(heap.Allocate(100));
            pool.Allocate();
            pool.Clear();
            heap.Free(carried);
            carried = heap.Allocate(512);
            tracker.EndFrame();
        }
        var report = tracker.Report();
        Assert.Equal(
            [(10L, 1120L), (10, 1120), (10, 80)], report.ShortLived.Select(s => (s.ShortLived, s.ShortLivedBytes)));
        var site = Assert.Single(report.Sites);
        Assert.Equal((1, 10L, 9L, 0L, 1.0), (site.Count, site.Allocations, site.Frees, site.ShortLived,
            site.MeanLifetimeFrames));
        Assert.Contains("died within the frame", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_reports_what_happened_in_them()
    {
        using var pool = new Pool<long>(_arena);
        pool.Reserve(1);
        var old = pool.Allocate();
        using var tracker = LeakTracker.Attach(_arena);
        var first = tracker.EndFrame();
        Assert.Equal((0, 0, 0, 8, 0), (first.Frame, first.Allocations, first.Frees, first.PeakBytes, first.ColdCalls));
        var slots = new nint[3];
        for (var i = 0; i < slots.Length; i++)
            slots[i] = (nint)pool.Allocate();
        foreach (var slot in slots[1..])
            pool.Free((long*)slot);
        _arena.Free(_arena.Allocate(1));
        var second = tracker.EndFrame();
        Assert.Equal((1, 4, 3), (second.Frame, second.Allocations, second.Frees));
        var page = (long)PageArena.PageBytes;
        Assert.Equal((24 + page, 16 + page, 16), (second.AllocatedBytes, second.FreedBytes, second.LiveBytes));
        Assert.Equal(32 + page, second.PeakBytes);
        Assert.Equal(2, second.ColdCalls);
        Assert.True(second.ColdSeconds > 0 && second.Seconds > 0);
        Assert.Equal((long)_arena.LentBytes, second.LentBytes);
        var third = tracker.EndFrame();
        Assert.Equal((0, 0, 16, 16), (third.Allocations, third.Frees, third.LiveBytes, third.PeakBytes));
        pool.Free(old);
        pool.Clear();
        var fourth = tracker.EndFrame();
        Assert.Equal((0, 2, 16, 0), (fourth.Allocations, fourth.Frees, fourth.FreedBytes, fourth.LiveBytes));
        Assert.Equal([first, second, third, fourth], tracker.RecentFrames());
        Assert.Equal(4, tracker.Frame);
    }

    [Fact]
    public void Only_the_latest_frames_are_kept_and_an_end_makes_no_garbage()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { RecentFrames = 7 });
        pool.Allocate();
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 100; i++)
                tracker.EndFrame();
        }));
        var frames = tracker.RecentFrames();
        Assert.Equal(Enumerable.Range(0, 7).Select(i => tracker.Frame - 7 + i), frames.Select(frame => frame.Frame));
    }

    private static int Here([CallerLineNumber] int line = 0) => line;
}
