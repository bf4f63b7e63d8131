using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Diagnostics.Storage;

public sealed unsafe class GrowingPagesTests
{
    private const nuint MiB = 1 << 20;

    [Fact]
    public void Nothing_is_reserved_before_it_is_needed_and_never_much_more()
    {
        using var pages = new GrowingPages("grows");
        Assert.Equal((nuint)0, pages.ReservedBytes);
        var blocks = new List<Block>();
        nuint lent = 0;
        for (var i = 0; i < 300; i++)
        {
            blocks.Add(pages.Allocate(MiB / 4));
            lent += MiB / 4;
            Assert.InRange(pages.ReservedBytes, lent, nuint.Max(MiB, 2 * lent));
        }
        Assert.Equal(lent, pages.LentBytes);
        foreach (var block in blocks)
            pages.TakeBack(block);
        Assert.Equal((nuint)0, pages.LentBytes);
        Assert.True(pages.ReservedBytes <= lent, "of unused arenas only the largest is kept");
        pages.ReleaseUnused();
        Assert.Equal(((nuint)0, (nuint)0), (pages.ReservedBytes, pages.CommittedBytes));
        pages.TakeBack(pages.Allocate(1));
    }

    [Fact]
    public void A_large_block_is_aligned_wherever_it_lies()
    {
        using var pages = new GrowingPages("aligned");
        pages.Allocate(1);
        for (nuint byteCount = 2 * MiB; byteCount < 100 * MiB; byteCount = byteCount * 4 / 3)
        {
            Assert.True(pages.TryLend(byteCount, 2 * MiB, out var block, out _));
            Assert.Equal((nuint)0, (nuint)block.Address % (2 * MiB));
            block.AsSpan()[^1] = 1;
            pages.TakeBack(block);
        }
    }

    [Fact]
    public void What_was_refused_is_not_asked_for_again_before_something_came_back()
    {
        var asked = new List<nuint>();
        using var pages = new GrowingPages(byteCount =>
        {
            asked.Add(byteCount);
            return new PageArena(new PageArenaOptions { ReserveBytes = byteCount, BudgetBytes = MiB / 2 });
        });
        var block = pages.Allocate(MiB / 4);
        Assert.Single(asked);
        for (var i = 0; i < 100; i++)
            Assert.False(pages.TryLend(MiB, 0, out _, out _));
        Assert.Equal(2, asked.Count);
        var refusal = Assert.Throws<ArenaOutOfMemoryException>(() => pages.Allocate(MiB));
        Assert.Contains("budget", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(MiB, refusal.RequestedBytes);
        Assert.Equal(2, asked.Count);
        pages.TakeBack(block);
        Assert.False(pages.TryLend(MiB, 0, out _, out _));
        Assert.Equal(3, asked.Count);
        Assert.Equal(MiB, pages.ReservedBytes);
    }

    [Fact]
    public void A_tracker_that_is_not_disposed_keeps_no_addresses_once_its_arena_is()
    {
        var arena = new PageArena("tracked");
        using var heap = new Heap(arena);
        var tracker = LeakTracker.Attach(arena);
        for (var i = 0; i < 100_000; i++)
            heap.Allocate(16);
        tracker.Report();
        Assert.InRange(tracker.State.Pages.ReservedBytes, 2 * MiB, 32 * MiB);
        arena.Dispose();
        Assert.Equal((nuint)0, tracker.State.Pages.ReservedBytes);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [LinuxFact]
    public void Where_the_addresses_for_twice_as_much_are_refused_those_that_are_needed_are_asked_for()
    {
        using var os = new FailingContext();
        using var pages = new GrowingPages(byteCount =>
            new PageArena(new PageArenaOptions { ReserveBytes = byteCount }, os.Memory));
        os.FailAt(1);
        Assert.True(pages.TryLend(4096, 0, out var block, out _));
        Assert.Equal((nuint)4096, pages.ReservedBytes);
        os.FailAt(1, times: int.MaxValue);
        Assert.False(pages.TryLend(8192, 0, out _, out _));
        Assert.Contains("mmap", Assert.Throws<ArenaOutOfMemoryException>(() => pages.Allocate(8192)).Message,
            StringComparison.Ordinal);
        os.Reset();
        Assert.Equal((nuint)4096, pages.LentBytes);
        pages.TakeBack(block);
    }
}
