using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

public sealed unsafe class LeakTrackerTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Live_allocations_are_named_by_file_line_and_member()
    {
        using var pool = new Pool<long>(_arena);
        using var map = new HandleMap<int>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        for (var i = 0; i < 10; i++)
            pool.Allocate();
        var poolLine = Here() - 1;
        var freed = pool.Allocate();
        map.Allocate(1);
        var mapLine = Here() - 1;
        pool.Free(freed);

        var report = tracker.Report();
        Assert.Equal(11, report.LiveCount);
        Assert.Equal((nuint)(10 * 8 + map.Layout.StrideBytes), report.LiveBytes);
        Assert.Equal([(poolLine, 10), (mapLine, 1)], report.Sites.Select(site => (site.Line, site.Count)));
        Assert.All(report.Sites, site =>
        {
            Assert.Equal("LeakTrackerTests.cs", Path.GetFileName(site.File));
            Assert.Equal(nameof(Live_allocations_are_named_by_file_line_and_member), site.Member);
        });
        Assert.Equal(80u, report.Sites[0].Bytes);
    }

    [Fact]
    public void What_was_allocated_before_is_not_reported_and_may_be_freed()
    {
        using var pool = new Pool<long>(_arena);
        var before = pool.Allocate();
        using var tracker = LeakTracker.Attach(_arena);
        var during = pool.Allocate();
        Assert.Equal(1, tracker.Report().LiveCount);
        pool.Free(before);
        Assert.Equal(1, tracker.Report().LiveCount);
        pool.Free(during);
        Assert.Equal(0, tracker.Report().LiveCount);
        Assert.Empty(tracker.Report().Sites);
    }

    [Fact]
    public void It_can_be_attached_and_detached_again_and_again()
    {
        using var pool = new Pool<long>(_arena);
        var expected = new List<nint>();
        for (var round = 0; round < 50; round++)
        {
            expected.Add((nint)pool.Allocate());
            using var tracker = LeakTracker.Attach(_arena);
            expected.Add((nint)pool.Allocate());
            pool.Free((long*)expected[0]);
            expected.RemoveAt(0);
            Assert.Equal(1, tracker.Report().LiveCount);
        }
        Assert.Equal(expected.Count, pool.LiveCount);
        foreach (var slot in expected)
            pool.Free((long*)slot);
        Assert.Equal(0, pool.LiveCount);
    }

    [Fact]
    public void Pools_that_come_later_are_tracked_and_cleared_ones_forgotten()
    {
        using var tracker = LeakTracker.Attach(_arena);
        using var stays = new Pool<long>(_arena);
        stays.Allocate();
        var cleared = new Pool<int>(_arena);
        cleared.Allocate();
        cleared.Clear();
        Assert.Equal(1, tracker.Report().LiveCount);
        cleared.Allocate();
        Assert.Equal(2, tracker.Report().LiveCount);
        cleared.Dispose();
        Assert.Equal(1, tracker.Report().LiveCount);
    }

    [Fact]
    public void Bad_frees_are_caught_while_attached_and_are_not_reported()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        var slot = pool.Allocate();
        Assert.Throws<InvalidFreeException>(() => pool.Free(slot + 1));
        Assert.Equal(1, tracker.Report().LiveCount);
        pool.Free(slot);
        Assert.Throws<InvalidFreeException>(() => pool.Free(slot));
        pool.Free(null);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void Tracking_makes_no_garbage_once_a_line_was_seen()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        Assert.Equal(0, Garbage.Of(() => Churn(pool)));
    }

    private static void Churn(Pool<long> pool)
    {
        var slots = stackalloc long*[2000];
        for (var i = 0; i < 2000; i++)
            slots[i] = pool.Allocate();
        for (var i = 0; i < 2000; i++)
            pool.Free(slots[i]);
    }

    private static int Here([CallerLineNumber] int line = 0) => line;
}
