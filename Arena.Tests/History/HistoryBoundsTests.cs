using Arena.Pools;

namespace Arena.Tests.History;

/// <summary>The smallest and the largest of everything, and an arena that goes first.</summary>
public sealed unsafe class HistoryBoundsTests
{
    [Fact]
    public void One_frame_is_enough_to_go_back_to_it()
    {
        using var arena = Make();
        var block = arena.Allocate(4096);
        using var history = ArenaHistory.Attach(arena, 1);
        for (var frame = 0; frame < 50; frame++)
        {
            block.AsSpan()[0] = (byte)frame;
            history.Save(frame);
            block.AsSpan()[0] = 255;
            history.Restore(frame);
            Assert.Equal((frame, 1), (block.AsSpan()[0], history.Count));
            Assert.False(history.Contains(frame - 1));
        }
    }

    [Fact]
    public void Room_for_a_million_frames_takes_no_memory_before_they_are_saved()
    {
        using var arena = Make();
        var word = (int*)arena.Allocate(4096).Address;
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var history = ArenaHistory.Attach(arena, 1 << 20);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        for (var frame = 0; frame < 200; frame++)
        {
            *word = frame;
            history.Save(frame);
        }
        for (var frame = 199; frame >= 0; frame -= 9)
        {
            history.Restore(frame);
            Assert.Equal(frame, *word);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => ArenaHistory.Attach(arena, (1 << 20) + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArenaHistory.Attach(arena, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArenaHistory.Attach(arena, int.MinValue));
    }

    [Fact]
    public void The_last_number_has_no_next_one()
    {
        using var arena = Make();
        using var history = ArenaHistory.Attach(arena, 4);
        history.Save(long.MaxValue - 1);
        history.Save(long.MaxValue);
        foreach (var number in (long[])[long.MinValue, -1, 0, 5, long.MaxValue - 2])
            Assert.Throws<ArgumentOutOfRangeException>(() => history.Save(number));
        Assert.Throws<ArgumentOutOfRangeException>(() => history.Restore(long.MinValue));
        Assert.Equal((long.MaxValue, 2), (history.NewestFrame, history.Count));
        history.Restore(long.MaxValue - 1);
        Assert.False(history.Contains(long.MaxValue));
    }

    [Fact]
    public void An_arena_that_is_gone_is_refused_and_one_that_goes_takes_its_history_along()
    {
        var arena = Make();
        var pool = new Pool<int>(arena);
        _ = pool.Allocate();
        var history = ArenaHistory.Attach(arena, 4);
        history.Save(0);
        history.WriteTo(0, new MemoryStream());
        arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ArenaHistory.Attach(arena, 4));
        Assert.Throws<ObjectDisposedException>(() => history.Save(1));
        Assert.Throws<ObjectDisposedException>(() => history.Restore(0));
        Assert.Throws<ObjectDisposedException>(() => history.Difference(0, 0));
        Assert.Throws<ObjectDisposedException>(() => history.Discard());
        history.Dispose();
        history.Dispose();
        Assert.Equal(0u, history.HeldBytes);
    }

    [Fact]
    public void A_second_history_can_follow_the_first_and_not_join_it()
    {
        using var arena = Make();
        var block = arena.Allocate(4 << 20);
        for (var again = 0; again < 5; again++)
        {
            using var history = ArenaHistory.Attach(arena, 2);
            Assert.Throws<InvalidOperationException>(() => ArenaHistory.Attach(arena, 2));
            block.AsSpan().Fill((byte)again);
            history.Save(0);
            block.AsSpan()[again * 4096] = 99;
            history.Restore(0);
            Assert.False(block.AsSpan().ContainsAnyExcept((byte)again));
        }
    }

    [Fact]
    public void Held_memory_is_the_copies_and_at_most_a_hundredth_for_tables()
    {
        using var arena = Make();
        var block = arena.Allocate(64 << 20);
        new Random(1).NextBytes(block.AsSpan());
        using var history = ArenaHistory.Attach(arena, 8);
        history.Save(0);
        AssertHolds(history, copies: 1);
        history.Discard();
        for (var frame = 0; frame < 3; frame++)
        {
            new Random(frame).NextBytes(block.AsSpan());
            history.Save(frame);
        }
        AssertHolds(history, copies: 3);
    }

    // Copies are made room for by 64.
    private static void AssertHolds(ArenaHistory history, long copies)
    {
        var bytes = copies << 26;
        Assert.InRange(history.HeldBytes, (nuint)bytes, (nuint)(bytes + bytes / 100 + 64 * Environment.SystemPageSize));
    }

    private static PageArena Make() => new(new PageArenaOptions { Name = "bounds", ReserveBytes = 1u << 28 })
    {
        IgnoreLeaks = true,
    };
}
