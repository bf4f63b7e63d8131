using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>The lines of allocations that were alive at dispose, in the notice and in its handler.</summary>
public sealed unsafe class LeaksAtDisposeTests : IDisposable
{
    private readonly PageArena _arena = new("level");
    private readonly List<LeakNotice> _notices = [];

    public LeaksAtDisposeTests() => _arena.LeaksFound += _notices.Add;

    public void Dispose() => _arena.Dispose();

    /// <summary>Makes an allocator that leaks once, on the line it returns.</summary>
    private delegate (IDisposable? Allocator, int Line) Leaky(PageArena arena);

    public static TheoryData<string> Kinds => [.. Makers.Keys];

    private static Dictionary<string, Leaky> Makers => new()
    {
        ["pool"] = arena =>
        {
            var pool = new Pool<long>(arena);
            pool.Free(pool.Allocate());
            pool.Allocate(); return (pool, Line());
        },
        ["pool 'bullets'"] = arena =>
        {
            var pool = new Pool<long>(arena, new PoolOptions { Name = "bullets", Tag = "combat" });
            pool.Allocate(); return (pool, Line());
        },
        ["handle map"] = arena =>
        {
            var map = new HandleMap<int>(arena);
            map.Allocate(1); return (map, Line());
        },
        ["heap"] = arena =>
        {
            var heap = new Heap(arena);
            heap.Allocate(100); return (heap, Line());
        },
        ["heap, a large one"] = arena =>
        {
            var heap = new Heap(arena);
            heap.Allocate(1 << 20); return (heap, Line());
        },
        ["buddy"] = arena =>
        {
            var buddy = new BuddyAllocator(arena, 1 << 20);
            buddy.Allocate(100); return (buddy, Line());
        },
        ["shared heap"] = arena =>
        {
            var heap = new SharedHeap(arena);
            heap.Allocate(100); return (heap, Line());
        },
        ["shared pool"] = arena =>
        {
            var pool = new SharedPool<long>(arena, new PoolOptions { Name = "jobs" });
            pool.Allocate(); return (pool, Line());
        },
        ["arena"] = arena =>
        {
            arena.Allocate(1); return (null, Line());
        },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_handler_sees_the_lines_and_the_notice_carries_them(string kind)
    {
        using var tracker = LeakTracker.Attach(_arena);
        var (allocator, line) = Makers[kind](_arena);
        var reports = new List<LeakReport>();
        _arena.LeaksFound += _ => reports.Add(tracker.Report());
        (allocator ?? _arena).Dispose();
        AssertNamed(Assert.Single(_notices), line);
        AssertReported(Assert.Single(reports), line);
        Assert.Equal((0, 0), (tracker.Report().LiveCount, tracker.Report().Sites.Count));
        _arena.Dispose();
        Assert.Single(_notices);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void They_are_there_when_the_arena_goes_first(string kind)
    {
        using var tracker = LeakTracker.Attach(_arena);
        using var tidy = new Pool<int>(_arena, new PoolOptions { Name = "tidy" });
        tidy.Free(tidy.Allocate());
        var (_, line) = Makers[kind](_arena);
        var reports = new List<LeakReport>();
        _arena.LeaksFound += _ => reports.Add(tracker.Report());
        _arena.Dispose();
        AssertNamed(Assert.Single(_notices), line);
        AssertReported(Assert.Single(reports), line);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void Each_notice_has_its_own_lines_and_the_report_what_is_left()
    {
        using var tracker = LeakTracker.Attach(_arena);
        List<int> lines = [], left = [];
        foreach (var make in Makers.Values)
            lines.Add(make(_arena).Line);
        _arena.LeaksFound += _ => left.Add(tracker.Report().LiveCount);
        _arena.Dispose();
        // The youngest goes first, the arena's own blocks last.
        var expected = lines.SkipLast(1).Reverse().Append(lines[^1]);
        Assert.Equal(expected, _notices.Select(notice => Assert.Single(notice.Lines).Line));
        Assert.Equal(Enumerable.Range(1, lines.Count).Reverse(), left);
    }

    [Fact]
    public void The_text_of_a_notice_names_file_line_member_and_tag()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var (allocator, line) = Makers["pool 'bullets'"](_arena);
        allocator!.Dispose();
        Assert.EndsWith(
            $"; 8 bytes in 1 from LeaksAtDisposeTests.cs:{line} ({nameof(Makers)}), tag 'combat'",
            _notices[0].ToString(), StringComparison.Ordinal);
        var many = _notices[0] with { Lines = [.. Enumerable.Repeat(_notices[0].Lines[0], 30)] };
        Assert.EndsWith("; and 22 more lines", many.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_tracker_or_from_before_it_there_are_no_lines()
    {
        var heap = new Heap(_arena);
        heap.Allocate(100);
        using var tracker = LeakTracker.Attach(_arena);
        heap.Allocate(16);
        var line = Line() - 1;
        heap.Dispose();
        Assert.Equal((2, 128u), (_notices[0].LiveCount, (uint)_notices[0].LiveBytes));
        Assert.Equal((line, 1), (_notices[0].Lines.Single().Line, (int)_notices[0].Lines.Single().Count));
        tracker.Dispose();
        Makers["heap"](_arena).Allocator!.Dispose();
        Assert.Empty(_notices[1].Lines);
        Assert.DoesNotContain(".cs:", _notices[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_trackers_the_one_that_saw_most_gives_the_lines()
    {
        var pool = new Pool<long>(_arena);
        using var sampled = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 2 });
        using var first = LeakTracker.Attach(_arena);
        pool.Allocate();
        using var second = LeakTracker.Attach(_arena);
        pool.Allocate();
        var counts = new List<int>();
        _arena.LeaksFound += _ => counts.AddRange([first.Report().LiveCount, second.Report().LiveCount]);
        pool.Dispose();
        Assert.Equal(2, _notices[0].Lines.Sum(line => line.Count));
        Assert.All(_notices[0].Lines, line => Assert.False(line.IsEstimate));
        Assert.Equal([2, 1], counts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sampled_tracker_estimates_them(bool arenaFirst)
    {
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 64 });
        var pool = new Pool<long>(_arena);
        var heap = new Heap(_arena);
        long* lastOfPool = null;
        for (var i = 0; i < 4000; i++)
        {
            lastOfPool = pool.Allocate();
            heap.Allocate(64);
            heap.Free(heap.Allocate(256));
        }
        pool.Free(lastOfPool);
        var live = new List<int>();
        _arena.LeaksFound += _ => live.Add(tracker.Report().LiveCount);
        if (!arenaFirst)
        {
            heap.Dispose();
            pool.Dispose();
        }
        _arena.Dispose();
        Assert.Equal(2, _notices.Count);
        Assert.All(_notices, notice =>
        {
            var line = Assert.Single(notice.Lines);
            Assert.True(line.IsEstimate);
            Assert.InRange(line.Count, 3200, 4800);
            Assert.Contains("about ", notice.ToString(), StringComparison.Ordinal);
        });
        // First comes the notice of both, then that of the pool alone.
        Assert.InRange(live[0], 7000, 9000);
        Assert.InRange(live[1], 3200, 4800);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void What_a_handler_makes_meanwhile_has_books_of_its_own()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var pool = new Pool<long>(_arena, new PoolOptions { Name = "old" });
        pool.Allocate();
        Pool<long>? next = null;
        var line = 0;
        _arena.LeaksFound += leak =>
        {
            if (leak.AllocatorName != "old")
                return;
            // With the token of the one that goes.
            next = new Pool<long>(_arena, new PoolOptions { Name = "next" });
            next.Allocate();
            line = Line() - 1;
            Assert.Equal(2, tracker.Report().LiveCount);
            Assert.Equal(16, tracker.EndFrame().LiveBytes);
        };
        pool.Dispose();
        Assert.Equal(line, Assert.Single(tracker.Report().Sites).Line);
        Assert.Equal(8, tracker.EndFrame().LiveBytes);
        next!.Dispose();
        Assert.Equal(line, Assert.Single(_notices[1].Lines).Line);
    }

    [Fact]
    public void A_handler_may_end_the_tracker_or_the_arena_or_throw()
    {
        var tracker = LeakTracker.Attach(_arena);
        Makers["pool"](_arena);
        Makers["heap"](_arena);
        var throws = Makers["buddy"](_arena).Allocator!;
        Action<LeakNotice> handler = _ => throw new NotSupportedException("mine");
        _arena.LeaksFound += handler;
        Assert.Throws<NotSupportedException>(throws.Dispose);
        _arena.LeaksFound -= handler;
        Assert.Equal(2, tracker.Report().LiveCount);

        _arena.LeaksFound += _ =>
        {
            tracker.Dispose();
            _arena.Dispose();
        };
        _arena.Dispose();
        Assert.Equal(3, _notices.Count);
        Assert.Throws<ObjectDisposedException>(() => tracker.Report());
    }

    [Fact]
    public void Budgets_and_stacks_of_what_goes_are_settled_when_it_has_gone()
    {
        using var tracker = LeakTracker.Attach(_arena);
        tracker.SetBudget("combat", new MemoryBudget { HardBytes = 8 });
        tracker.TakeStacks(nameof(LeaksAtDisposeTests) + ".cs", PoolLine());
        var stacks = new List<int>();
        _arena.LeaksFound += _ => stacks.Add(tracker.Report().Sites.Single().Stacks.Count);
        for (var round = 0; round < 3; round++)
            Makers["pool 'bullets'"](_arena).Allocator!.Dispose();
        Assert.Equal([1, 1, 1], stacks);
        Assert.Equal((nuint)0, tracker.Report().Tags.Single(use => use.Tag == "combat").Bytes);
    }

    private static int PoolLine()
    {
        using var arena = new PageArena("elsewhere");
        return Makers["pool 'bullets'"](arena).Line;
    }

    private static void AssertNamed(LeakNotice notice, int line)
    {
        var named = Assert.Single(notice.Lines);
        Assert.Equal(("LeaksAtDisposeTests.cs", line), (Path.GetFileName(named.File), named.Line));
        Assert.Equal((notice.LiveCount, notice.LiveBytes), ((int)named.Count, named.Bytes));
        Assert.Contains($"LeaksAtDisposeTests.cs:{line} ", notice.ToString(), StringComparison.Ordinal);
    }

    private static void AssertReported(LeakReport report, int line)
    {
        Assert.Equal(1, report.LiveCount);
        Assert.Equal(line, Assert.Single(report.Sites).Line);
    }

    private static int Line([CallerLineNumber] int line = 0) => line;
}
