using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Leaks;

public sealed unsafe partial class ReportTests : IDisposable
{
    private readonly PageArena _arena = new("reported");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public Task A_report_reads_well()
    {
        using var pool = new Pool<long>(_arena, new PoolOptions { Name = "bullets", Tag = "combat" });
        using var heap = new Heap(_arena, "any");
        pool.Allocate();
        using var tracker = LeakTracker.Attach(_arena);
        tracker.EndFrame();
        for (var i = 0; i < 30; i++)
            pool.Allocate();
        using (MemoryTag.Begin("ai"))
            heap.Allocate(1024);
        heap.Free(heap.Allocate(100));
        tracker.EndFrame();
        tracker.EndFrame();
        tracker.SetBudget("ai", new MemoryBudget { HardBytes = 4096 });
        // Lines move and memory differs from system to system.
        var text = Lines().Replace(tracker.Report().ToString(), ":LINE ");
        return Verify(TrackerBytes().Replace(text, "tracker: N bytes, tables N bytes"));
    }

    [Fact]
    public void Ages_are_reported_in_frames_and_in_seconds()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        pool.Allocate();
        tracker.EndFrame();
        for (var frame = 0; frame < 9; frame++)
        {
            pool.Free(pool.Allocate());
            tracker.EndFrame();
        }
        var site = Assert.Single(tracker.Report().Sites);
        Assert.Equal(10, site.OldestFrames);
        Assert.True(site.OldestAge >= site.MeanAge && site.MeanAge >= TimeSpan.Zero);
        Assert.Equal(10, tracker.Report().Frame);
        Assert.True(tracker.Report().Attached > TimeSpan.Zero);
    }

    [Fact]
    public void A_line_that_keeps_all_it_makes_looks_like_a_leak_and_one_that_frees_all_does_not()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        for (var i = 0; i < 100; i++)
            pool.Allocate();
        for (var i = 0; i < 100; i++)
            pool.Free(pool.Allocate());
        pool.Allocate();
        var report = tracker.Report();
        Assert.InRange(report.Sites[0].LeakLikelihood, 0.95, 1);
        tracker.EndFrame();
        for (var i = 0; i < 100; i++)
            pool.Free(pool.Allocate());
        tracker.EndFrame();
        Assert.Equal(0.0, Assert.Single(tracker.Report().ShortLived).LeakLikelihood);
    }

    [Fact]
    public void Chosen_lines_are_reported_with_the_stacks_that_led_there()
    {
        using var pool = new Pool<long>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        var unseen = First(pool);
        tracker.TakeStacks("ReportTests.cs", AllocationLine);
        var kept = new[] { First(pool), First(pool), Second(pool) };
        pool.Free((long*)First(pool));
        var site = tracker.Report().Sites.Single(s => s.Line == AllocationLine);
        Assert.Equal(4, site.Count);
        Assert.Equal([2, 1], site.Stacks.Select(stack => stack.Count));
        Assert.Contains(nameof(First), site.Stacks[0].Frames, StringComparison.Ordinal);
        Assert.Contains(nameof(Second), site.Stacks[1].Frames, StringComparison.Ordinal);
        Assert.Contains("ReportTests.cs:", site.Stacks[0].Frames, StringComparison.Ordinal);
        Assert.StartsWith(
            "Arena.Tests.Diagnostics.Leaks.ReportTests.Take in ", site.Stacks[0].Frames, StringComparison.Ordinal);
        foreach (var slot in kept)
            pool.Free((long*)slot);
        Assert.Empty(Assert.Single(tracker.Report().Sites).Stacks);
        pool.Free((long*)unseen);
        tracker.TakeStacks("Reports.cs", AllocationLine);
        Assert.Throws<ArgumentException>(() => tracker.TakeStacks("", 1));
    }

    [Fact]
    public void What_the_arena_lends_to_the_game_itself_is_tracked_too()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var block = _arena.Allocate(100);
        var other = _arena.Allocate(10_000);
        _arena.Free(block);
        var site = Assert.Single(tracker.Report().Sites);
        Assert.Equal((1, other.ByteCount), (site.Count, site.Bytes));
        Assert.Equal(nameof(What_the_arena_lends_to_the_game_itself_is_tracked_too), site.Member);
        _arena.Free(other);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void A_tracker_outlives_its_arena()
    {
        var arena = new PageArena("short");
        using var tracker = LeakTracker.Attach(arena);
        var pool = new Pool<long>(arena);
        pool.Allocate();
        _ = arena.Allocate(1);
        arena.Dispose();
        var report = tracker.Report();
        Assert.Equal(0, report.LiveCount);
        Assert.Equal(2, report.Tags.Count + 2);
        Assert.Equal(2, tracker.EndFrame().Allocations);
        Assert.Contains("0 live allocations", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void After_dispose_every_call_says_so()
    {
        using var pool = new Pool<long>(_arena);
        var tracker = LeakTracker.Attach(_arena);
        tracker.Dispose();
        tracker.Dispose();
        pool.Free(pool.Allocate());
        Assert.Throws<ObjectDisposedException>(() => tracker.Report());
        Assert.Throws<ObjectDisposedException>(() => tracker.Snapshot());
        Assert.Throws<ObjectDisposedException>(() => tracker.EndFrame());
        Assert.Throws<ObjectDisposedException>(() => tracker.TakeStacks("a.cs", 1));
        Assert.Throws<ObjectDisposedException>(() => tracker.SetBudget("ai", new MemoryBudget()));
        Assert.Contains("(disposed)", tracker.ToString(), StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() =>
        {
            using var gone = new PageArena("gone");
            gone.Dispose();
            LeakTracker.Attach(gone);
        });
    }

    [Fact]
    public void A_million_live_allocations_take_at_most_48_bytes_each()
    {
        const int count = 1_000_000;
        using var heap = new Heap(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        for (var i = 0; i < count; i++)
            heap.Allocate((nuint)(16 + i % 100));
        var report = tracker.Report();
        Assert.Equal(count, report.LiveCount);
        Assert.InRange(report.TableBytesPerAllocation, 24, 48);
        Assert.InRange((double)report.TrackerBytes / count, 24, 48);
        Assert.Contains($"tracker: {report.TrackerBytes} bytes", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_memory_for_its_tables_it_says_how_much_it_misses()
    {
        using var pool = new Pool<long>(_arena);
        var pages = new GrowingPages(_ => new PageArena(new PageArenaOptions { BudgetBytes = 64 << 10 }));
        using var state = new TrackerState(sampleBytes: 0, stacksOfSamples: false, pages);
        var ledger = new LedgerSet(state).Of(pool);
        for (nuint i = 1; i <= 10_000; i++)
            ledger.Allocated(i * 64, 64, new SourceLine("Game.cs", 1, "Spawn"));
        ledger.BringUpToDate();
        Assert.InRange(ledger.UntrackedCount, 1_000, 9_900);
        Assert.Equal(10_000, ledger.UntrackedCount + ledger.LiveCount);
        for (nuint i = 1; i <= 10_000; i++)
            ledger.Freed(i * 64, 64);
        ledger.BringUpToDate();
        Assert.Equal((0, 0), (ledger.UntrackedCount, ledger.LiveCount));
        Assert.Equal(0, ledger.Totals.LiveBytes);
    }

    private static int AllocationLine { get; set; } = FindLine();

    private static int FindLine()
    {
        using var arena = new PageArena("line");
        using var pool = new Pool<long>(arena);
        using var tracker = LeakTracker.Attach(arena);
        Take(pool);
        return tracker.Report().Sites[0].Line;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint First(Pool<long> pool)
    {
        var slot = Take(pool);
        return slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Second(Pool<long> pool)
    {
        var slot = Take(pool);
        return slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Take(Pool<long> pool)
    {
        var slot = (nint)pool.Allocate();
        return slot;
    }

    [GeneratedRegex(":\\d+ ")]
    private static partial Regex Lines();

    [GeneratedRegex("tracker: \\d+ bytes, tables [\\d.]+ bytes")]
    private static partial Regex TrackerBytes();
}
