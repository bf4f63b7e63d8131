using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Blocks;

namespace Arena.Tests.History;

public sealed unsafe class HistoryTests : IDisposable
{
    private readonly PageArena _arena = new(new PageArenaOptions { Name = "sim", ReserveBytes = 1u << 28 });

    public void Dispose()
    {
        _arena.IgnoreLeaks = true;
        _arena.Dispose();
    }

    [Fact]
    public void Contents_go_back_to_the_frame()
    {
        using var pool = new Pool<long>(_arena, new PoolOptions { Name = "numbers" });
        var first = pool.Allocate();
        *first = 1;
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(0);
        *first = 2;
        history.Save(1);
        *first = 3;

        history.Restore(1);
        Assert.Equal(2, *first);
        history.Restore(0);
        Assert.Equal(1, *first);
        Assert.False(history.Contains(1));
        Assert.Equal(1, pool.LiveCount);
    }

    [Fact]
    public void What_is_allocated_next_is_what_was_allocated_next_the_first_time()
    {
        using var parts = new Parts(_arena);
        parts.Play(500, seed: 1);
        using var history = ArenaHistory.Attach(_arena, 4);
        history.Save(7);
        var expected = parts.Play(500, seed: 2);
        for (var again = 0; again < 3; again++)
        {
            history.Restore(7);
            Assert.Equal(expected, parts.Play(500, seed: 2, parts.Saved));
        }
    }

    [Fact]
    public void Saving_changes_nothing_that_is_allocated_next()
    {
        using var with = new Parts(_arena);
        using var other = new PageArena(new PageArenaOptions { Name = "sim", ReserveBytes = 1u << 28 });
        other.IgnoreLeaks = true;
        using var without = new Parts(other);
        using var history = ArenaHistory.Attach(_arena, 3);
        for (var frame = 0; frame < 30; frame++)
        {
            history.Save(frame);
            Assert.Equal(without.Play(50, frame), with.Play(50, frame));
        }
    }

    [Fact]
    public void Allocators_made_since_are_gone_and_those_disposed_since_are_back()
    {
        var old = new Heap(_arena, "old");
        var kept = (long*)old.Allocate(64);
        *kept = 42;
        using var history = ArenaHistory.Attach(_arena, 2);
        history.Save(0);
        old.Free(kept);
        old.Dispose();
        var young = new Pool<int>(_arena, new PoolOptions { Name = "young" });
        *young.Allocate() = 1;

        history.Restore(0);
        Assert.True(young.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => young.LiveCount);
        Assert.False(old.IsDisposed);
        Assert.Equal(42, *kept);
        Assert.Equal(1, old.LiveCount);
        old.Free(kept);
        Assert.NotEqual(0, (nint)old.Allocate(100));
        old.IgnoreLeaks = true;
        old.Dispose();
        Assert.Equal(0u, _arena.LentBytes);
    }

    [Fact]
    public void Counts_of_the_arena_go_back()
    {
        using var heap = new Heap(_arena);
        _ = heap.Allocate(1000);
        using var history = ArenaHistory.Attach(_arena, 2);
        history.Save(0);
        var (lent, committed) = (_arena.LentBytes, _arena.CommittedBytes);
        var block = _arena.Allocate(64 << 20);
        block.AsSpan().Fill(1);
        Assert.True(_arena.CommittedBytes > committed);
        history.Restore(0);
        Assert.Equal((lent, committed), (_arena.LentBytes, _arena.CommittedBytes));
        Assert.Equal(block, _arena.Allocate(64 << 20));
        _arena.Free(block);
        _arena.Trim();
        history.Restore(0);
        Assert.Equal((lent, committed), (_arena.LentBytes, _arena.CommittedBytes));
    }

    [Fact]
    public void Pages_that_were_trimmed_are_back()
    {
        var block = _arena.Allocate(1 << 20);
        block.AsSpan().Fill(7);
        using var history = ArenaHistory.Attach(_arena, 2);
        history.Save(0);
        _arena.Free(block);
        _arena.Trim();
        history.Restore(0);
        Assert.False(block.AsSpan().ContainsAnyExcept((byte)7));
        _arena.Free(block);
    }

    [Fact]
    public void Numbers_that_cannot_be_are_refused_by_name()
    {
        using var history = ArenaHistory.Attach(_arena, 3);
        Refused(() => history.Save(-1), "-1");
        Refused(() => history.Restore(0), "save a frame first");
        history.Save(10);
        history.Save(11);
        Refused(() => history.Save(13), "frame 12");
        Refused(() => history.Save(9), "frames 10 to 11");
        Refused(() => history.Restore(12), "frames 10 to 11");
        history.Save(10);
        Assert.False(history.Contains(11));
        for (var frame = 11; frame < 20; frame++)
            history.Save(frame);
        Assert.Equal((17, 19, 3), (history.OldestFrame, history.NewestFrame, history.Count));

        static void Refused(Action action, string why)
        {
            var failure = Assert.Throws<ArgumentOutOfRangeException>(action);
            Assert.Contains("'sim'", failure.Message, StringComparison.Ordinal);
            Assert.Contains(why, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_frame_that_is_saved_again_is_replaced_with_the_later_ones()
    {
        var block = _arena.Allocate(4096);
        using var history = ArenaHistory.Attach(_arena, 8);
        for (var frame = 0; frame < 6; frame++)
        {
            block.AsSpan()[0] = (byte)frame;
            history.Save(frame);
        }
        block.AsSpan()[0] = 99;
        history.Save(3);
        Assert.False(history.Contains(4));
        block.AsSpan()[0] = 100;
        history.Restore(3);
        Assert.Equal(99, block.AsSpan()[0]);
        history.Restore(2);
        Assert.Equal(2, block.AsSpan()[0]);
        _arena.Free(block);
    }

    [Fact]
    public void What_cannot_go_back_is_refused_by_name()
    {
        using var history = ArenaHistory.Attach(_arena, 2);
        Assert.Contains("already", Refused(() => ArenaHistory.Attach(_arena, 2)), StringComparison.Ordinal);
        history.Save(0);
        using (new FakeAllocator(_arena, "buffers"))
        {
            Assert.Contains("'buffers'", Refused(() => history.Save(1)), StringComparison.Ordinal);
            Assert.True(history.Contains(0));
        }
        history.Dispose();
        using var others = new FakeAllocator(_arena, "others");
        Assert.Contains("'others'", Refused(() => ArenaHistory.Attach(_arena, 2)), StringComparison.Ordinal);

        static string Refused(Action action) => Assert.Throws<InvalidOperationException>(action).Message;
    }

    [Fact]
    public void A_tracker_knows_what_lives_after_going_back()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var pool = new Pool<long>(_arena);
        var map = new HandleMap<long>(_arena);
        var heap = new Heap(_arena);
        var stays = pool.Allocate();
        var freed = heap.Allocate(100);
        using var history = ArenaHistory.Attach(_arena, 2);
        history.Save(0);
        var (count, bytes) = (tracker.Report().LiveCount, tracker.Report().LiveBytes);
        heap.Free(freed);
        map.Allocate(1);
        _ = pool.Allocate();
        _ = new Heap(_arena, "young").Allocate(8);
        history.Restore(0);
        var report = tracker.Report();
        Assert.Equal((count, bytes), (report.LiveCount, report.LiveBytes));
        Assert.Contains(report.Sites, site => site.Member == nameof(A_tracker_knows_what_lives_after_going_back));
        pool.Free(stays);
        heap.Free(freed);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void After_its_arena_every_call_is_refused()
    {
        var arena = new PageArena("short");
        using var history = ArenaHistory.Attach(arena, 2);
        history.Save(0);
        arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => history.Save(1));
        Assert.Throws<ObjectDisposedException>(() => history.Restore(0));
        history.Dispose();
        Assert.Throws<ObjectDisposedException>(() => history.Checksum(0));
        Assert.Equal(0u, history.HeldBytes);
        Assert.Throws<ArgumentNullException>(() => ArenaHistory.Attach(null!, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArenaHistory.Attach(_arena, 0));
    }

    [Fact]
    public void Held_memory_is_one_copy_and_what_changed()
    {
        var block = _arena.Allocate(16 << 20);
        new Random(1).NextBytes(block.AsSpan());
        using var history = ArenaHistory.Attach(_arena, 8);
        history.Save(0);
        var base0 = history.HeldBytes;
        Assert.InRange(base0, (nuint)(16 << 20), (nuint)(17 << 20));
        for (var frame = 1; frame < 8; frame++)
        {
            for (var page = 0; page < 100; page++)
                block.AsSpan()[page * 4096] ^= (byte)frame;
            history.Save(frame);
        }
        Assert.InRange(history.HeldBytes - base0, 630u * 4096, 1000u * 4096);
        _arena.Free(block);
    }

    [Fact]
    public void Saving_makes_no_garbage()
    {
        using var parts = new Parts(_arena);
        parts.Play(2000, seed: 3);
        using var history = ArenaHistory.Attach(_arena, 8);
        var frame = 0L;
        for (; frame < 20; frame++)
            history.Save(frame);
        var word = (int*)_arena.Allocate(4096).Address;
        history.Save(frame++);
        Assert.Equal(0, Garbage.Of(() =>
        {
            *word = (int)frame;
            history.Save(frame++);
        }));
    }
}
