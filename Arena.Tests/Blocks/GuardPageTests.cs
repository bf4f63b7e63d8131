using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

public sealed unsafe class GuardPageTests : IDisposable
{
    private static readonly nuint Page = PageArena.PageBytes;

    private readonly PageArena _arena = new(new PageArenaOptions { Name = "guarded", GuardPages = true });

    public void Dispose() => _arena.Dispose();

    [LinuxFact]
    public void The_page_after_every_block_is_inaccessible()
    {
        for (nuint pages = 1; pages < 20; pages++)
            AssertGuarded(_arena.Allocate(pages * Page));
    }

    [LinuxFact]
    public void A_guard_on_pages_that_an_older_block_used_is_inaccessible_too()
    {
        var old = _arena.Allocate(64 * Page);
        old.AsSpan().Fill(0xA5);
        _arena.Free(old);
        var committed = _arena.CommittedBytes;
        var block = _arena.Allocate(3 * Page);
        Assert.Equal((nuint)old.Address, (nuint)block.Address);
        AssertGuarded(block);
        Assert.Equal(committed - Page, _arena.CommittedBytes);
        AssertGuarded(_arena.Allocate(Page));
    }

    [LinuxFact]
    public void Huge_pages_commit_no_guard()
    {
        using var arena = new PageArena(new PageArenaOptions { GuardPages = true, HugePages = true });
        AssertGuarded(arena.Allocate(Page));
        AssertGuarded(arena.Allocate(8 << 20));
        AssertGuarded(arena.Allocate(Page));
    }

    [LinuxFact]
    public void The_page_before_the_first_block_is_inaccessible() =>
        Assert.False(OsContract.IsTouchable((byte*)_arena.Allocate(Page).Address - 1));

    [Fact]
    public void Neighbours_are_never_adjacent()
    {
        var first = _arena.Allocate(2 * Page);
        var second = _arena.Allocate(Page);
        Assert.Equal((nuint)first.Address + 3 * Page, (nuint)second.Address);
        _arena.Free(first);
        // Two pages and a guard fit where two pages and a guard were, and three pages do not.
        Assert.Equal((nuint)second.Address + 2 * Page, (nuint)_arena.Allocate(3 * Page).Address);
        Assert.Equal((nuint)first.Address, (nuint)_arena.Allocate(2 * Page).Address);
    }

    [Fact]
    public void Guards_cost_addresses_and_no_storage()
    {
        using var arena = new PageArena(new PageArenaOptions { GuardPages = true, ReserveBytes = 10 * Page });
        for (var i = 0; i < 5; i++)
            arena.Allocate(Page);
        Assert.False(arena.TryAllocate(Page, 0, out _));
        Assert.Equal(5 * Page, arena.LentBytes);
        Assert.Equal(8 * Page, arena.CommittedBytes);
    }

    [Fact]
    public void Guarded_blocks_are_freed_and_trimmed_whole()
    {
        var blocks = Enumerable.Range(1, 9).Select(i => _arena.Allocate((nuint)i * Page)).ToArray();
        var guard = new Block((byte*)blocks[0].Address + Page, Page);
        Assert.Throws<InvalidFreeException>(() => _arena.Free(guard));
        Assert.Throws<InvalidFreeException>(() => _arena.Free(new Block(blocks[0].Address, 2 * Page)));
        foreach (var block in blocks)
            _arena.Free(block);
        Assert.Equal(0u, _arena.LentBytes);
        Assert.Equal(45 * Page, _arena.Trim());
        Assert.Equal((nuint)_arena.Base, (nuint)_arena.Allocate(50 * Page).Address);
    }

    private static void AssertGuarded(Block block)
    {
        var end = (byte*)block.Address + block.ByteCount;
        Assert.True(OsContract.IsTouchable((byte*)block.Address));
        Assert.True(OsContract.IsTouchable(end - 1));
        Assert.False(OsContract.IsTouchable(end));
        Assert.False(OsContract.IsTouchable(end + Page - 1));
    }
}
