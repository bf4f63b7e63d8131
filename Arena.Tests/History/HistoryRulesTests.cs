using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>Bad input, what may come in between, and what diagnostics say of it.</summary>
public sealed unsafe class HistoryRulesTests : IDisposable
{
    private readonly PageArena _arena = new(new PageArenaOptions { Name = "sim", ReserveBytes = 1u << 28 })
    {
        IgnoreLeaks = true,
    };

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_save_inside_a_walk_changes_nothing_of_the_walk()
    {
        var pool = new Pool<long>(_arena);
        for (var i = 0; i < 500; i++)
            *pool.Allocate() = i;
        using var history = ArenaHistory.Attach(_arena, 4);
        var sum = 0L;
        var frame = 0;
        foreach (ref var value in pool)
        {
            if (value % 100 == 0)
                history.Save(frame++);
            sum += value;
        }
        Assert.Equal(500 * 499 / 2, sum);
        Assert.Equal(5, frame);
    }

    [Fact]
    public void A_walk_that_goes_on_across_a_restore_ends()
    {
        var pool = new Pool<long>(_arena);
        for (var i = 0; i < 500; i++)
            *pool.Allocate() = i;
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(0);
        for (var i = 0; i < 5000; i++)
            *pool.Allocate() = i;
        var steps = 0;
        foreach (ref var value in pool)
        {
            if (++steps == 300)
                history.Restore(0);
        }
        Assert.InRange(steps, 300, 5500);
        Assert.Equal(500, pool.LiveCount);
    }

    [Theory]
    [InlineData(HistoryMechanism.Comparing)]
    [InlineData(HistoryMechanism.Best)]
    public void Huge_pages_and_trims_in_between_go_back(HistoryMechanism mechanism)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "huge", HugePages = true });
        arena.IgnoreLeaks = true;
        var block = arena.Allocate(16 << 20, 2 << 20);
        block.AsSpan().Fill(1);
        using var history = ArenaHistory.Attach(arena, 8, new ArenaHistoryOptions { Mechanism = mechanism });
        for (var frame = 0; frame < 6; frame++)
        {
            history.Save(frame);
            for (var at = frame * 4096; at < 16 << 20; at += 1 << 20)
                block.AsSpan()[at]++;
            if (frame == 3)
            {
                arena.Free(block);
                arena.Trim();
                Assert.Equal(block, arena.Allocate(16 << 20, 2 << 20));
            }
        }
        for (var frame = 5; frame >= 0; frame--)
        {
            history.Restore(frame);
            if (frame > 3)
                continue;
            for (var at = 0; at < 6; at++)
                Assert.Equal(at < frame ? 2 : 1, block.AsSpan()[at * 4096]);
        }
    }

    [Fact]
    public void An_allocator_that_was_disposed_in_between_is_back_or_gone_as_the_frame_says()
    {
        using var history = ArenaHistory.Attach(_arena, 8);
        var pool = new Pool<int>(_arena);
        *pool.Allocate() = 3;
        history.Save(0);
        pool.Dispose();
        history.Save(1);
        history.Restore(0);
        Assert.Equal(1, pool.LiveCount);
        history.Save(1);
        pool.Dispose();
        history.Save(2);
        history.Restore(2);
        Assert.True(pool.IsDisposed);
        history.Restore(1);
        Assert.Equal(1, pool.LiveCount);
    }

    [Fact]
    public void A_map_that_is_made_again_after_a_restore_gives_the_same_handles()
    {
        using var history = ArenaHistory.Attach(_arena, 2);
        history.Save(0);
        var first = Handles(_arena);
        for (var again = 0; again < 3; again++)
        {
            history.Restore(0);
            // Arenas that others make meanwhile are none of its business.
            using var other = new PageArena("other");
            Assert.Equal(first, Handles(_arena));
        }
        // Another arena of the name in the same process must not take a handle of this one for its own.
        using var twin = new PageArena("sim") { IgnoreLeaks = true };
        Assert.NotEqual(first, Handles(twin));
        using var stranger = new PageArena("stranger") { IgnoreLeaks = true };
        Assert.NotEqual(first, Handles(stranger));

        static List<Handle<int>> Handles(PageArena arena)
        {
            var map = new HandleMap<int>(arena);
            return [.. Enumerable.Range(0, 20).Select(i => map.Allocate(i))];
        }
    }

    [Fact]
    public void A_difference_names_the_line_that_a_tracker_knows()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var map = new HandleMap<long>(_arena, new PoolOptions { Name = "units" });
        var handle = map.Allocate(1);
        var heap = new Heap(_arena, "names");
        var text = (byte*)heap.Allocate(64);
        using var history = ArenaHistory.Attach(_arena, 2);
        history.Save(0);
        map[handle] = 2;
        text[9] ^= 1;
        history.Save(1);
        var differences = history.Difference(0, 1);
        Assert.Equal(2, differences.Count);
        Assert.All(differences, difference =>
        {
            Assert.StartsWith("HistoryRulesTests.cs:", difference.AllocatedAt, StringComparison.Ordinal);
            Assert.Contains(difference.AllocatedAt, difference.ToString(), StringComparison.Ordinal);
        });
        tracker.Dispose();
        Assert.All(history.Difference(0, 1), difference => Assert.Equal("", difference.AllocatedAt));
    }

    [Fact]
    public void A_capture_has_a_mark_where_its_arena_went_back()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var tracker = LeakTracker.Attach(_arena))
            using (var history = ArenaHistory.Attach(_arena, 4))
            using (CaptureWriter.Start(path, tracker))
            {
                history.Save(4);
                history.Save(5);
                history.Restore(4);
            }
            var mark = Assert.Single(MemoryCapture.Read(path).Events);
            Assert.Equal(CaptureEventKind.Mark, mark.Kind);
            Assert.Contains("frame 4", mark.Text, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Streams_that_are_none_are_refused()
    {
        using var history = ArenaHistory.Attach(_arena, 2);
        history.Save(0);
        Assert.Throws<ArgumentNullException>(() => history.WriteTo(0, null!));
        Assert.Throws<ArgumentNullException>(() => history.ReadFrom(null!));
        Assert.Throws<ArgumentNullException>(() => history.Difference(0, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => history.WriteTo(1, Stream.Null));
        Assert.Throws<InvalidDataException>(() => history.ReadFrom(Stream.Null));
        Assert.Throws<InvalidDataException>(() => history.Difference(0, Stream.Null));
        history.Dispose();
        Assert.Throws<ObjectDisposedException>(() => history.WriteTo(0, Stream.Null));
        Assert.Throws<ObjectDisposedException>(() => history.ReadFrom(Stream.Null));
    }

    [Fact]
    public void The_history_is_not_in_the_budget_of_its_arena()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 4 << 20 });
        arena.IgnoreLeaks = true;
        var block = arena.Allocate(3 << 20);
        new Random(1).NextBytes(block.AsSpan());
        using var history = ArenaHistory.Attach(arena, 8);
        var committed = arena.CommittedBytes;
        for (var frame = 0; frame < 8; frame++)
        {
            new Random(frame).NextBytes(block.AsSpan());
            history.Save(frame);
        }
        Assert.True(history.HeldBytes > 20 << 20);
        Assert.Equal(committed, arena.CommittedBytes);
    }
}
