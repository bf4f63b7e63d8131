using Arena.Pools;

namespace Arena.Tests.Diagnostics.History;

public sealed unsafe class ArenaNumbersTests
{
    private Allocator?[] _scratch = [];

    [Fact]
    public void Everything_that_is_alive_is_counted_once()
    {
        using var arena = new PageArena("counted");
        using var pool = new Pool<long>(arena);
        using var heap = new Heap(arena);
        using var buddy = new BuddyAllocator(arena, 1 << 16, 16);
        using var frame = new FrameAllocator(arena);
        Assert.Equal(default, arena.CountLive(ref _scratch));

        pool.Allocate();
        pool.Free(pool.Allocate());
        var kept = heap.Allocate(100);
        buddy.Allocate(32);
        frame.Allocate(64);
        var block = arena.Allocate(1);
        var guard = arena.Allocate(3 * PageArena.PageBytes);
        var expected = (nuint)pool.Layout.StrideBytes + heap.UsableBytes(kept) + 32 + frame.UsedBytes
            + block.ByteCount + guard.ByteCount;
        Assert.Equal(new LiveTotals(5, expected), arena.CountLive(ref _scratch));

        frame.NextFrame();
        heap.Free(kept);
        pool.Dispose();
        arena.Free(block);
        Assert.Equal(new LiveTotals(2, 32 + guard.ByteCount), arena.CountLive(ref _scratch));
    }

    [Fact]
    public void Counting_makes_no_garbage()
    {
        using var arena = new PageArena("counted");
        using var pool = new Pool<long>(arena);
        using var heap = new Heap(arena);
        using var buddy = new BuddyAllocator(arena, 1 << 16, 16);
        heap.Allocate(100);
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                arena.CountLive(ref _scratch);
                arena.CountFree();
            }
        }));
    }

    [Fact]
    public void The_longest_free_run_is_where_nothing_is_lent()
    {
        var page = PageArena.PageBytes;
        using var arena = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = 64 * page });
        Assert.Equal((64 * page, 64 * page), arena.CountFree());

        var blocks = Enumerable.Range(0, 64).Select(_ => arena.Allocate(1)).ToArray();
        Assert.Equal(((nuint)0, (nuint)0), arena.CountFree());
        foreach (var number in (int[])[3, 10, 11, 12, 40, 41, 63])
            arena.Free(blocks[number]);
        Assert.Equal((7 * page, 3 * page), arena.CountFree());
        foreach (var number in (int[])[60, 61, 62])
            arena.Free(blocks[number]);
        Assert.Equal((10 * page, 4 * page), arena.CountFree());
    }

    [Fact]
    public void A_run_that_reaches_into_pages_never_lent_is_one()
    {
        var page = PageArena.PageBytes;
        using var arena = new PageArena(new PageArenaOptions { Name = "large", ReserveBytes = 1 << 30 });
        var first = arena.Allocate(page);
        var second = arena.Allocate(5 * page);
        Assert.Equal((arena.ReservedBytes - 6 * page, arena.ReservedBytes - 6 * page), arena.CountFree());
        arena.Free(second);
        Assert.Equal((arena.ReservedBytes - page, arena.ReservedBytes - page), arena.CountFree());
        arena.Free(first);
        Assert.Equal((arena.ReservedBytes, arena.ReservedBytes), arena.CountFree());
    }

    [Fact]
    public void A_thread_finds_its_own_living_arenas()
    {
        using var mine = new PageArena("mine");
        var gone = new PageArena("gone");
        gone.Dispose();
        PageArena? theirs = null;
        var thread = new Thread(() => theirs = new PageArena("theirs"));
        thread.Start();
        thread.Join();
        var found = PageArena.MadeByThisThread();
        Assert.Contains(mine, found);
        Assert.DoesNotContain(gone, found);
        Assert.DoesNotContain(theirs, found);
        Assert.Contains(theirs, PageArena.MadeByOtherThreads());
        Assert.DoesNotContain(mine, PageArena.MadeByOtherThreads());
        theirs!.Dispose();
    }
}
