using Arena.Pools;

namespace Arena.Tests.Blocks;

/// <summary>A bad free throws, changes nothing, and work goes on.</summary>
public sealed unsafe class PageArenaMisuseTests : IDisposable
{
    private static readonly nuint Page = PageArena.PageBytes;

    private readonly PageArena _arena = new("hall");
    private readonly PageArena _other = new("stable");

    public void Dispose()
    {
        _arena.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_default_block_is_ignored()
    {
        _arena.Free(default);
        Assert.Equal(0u, _arena.LentBytes);
    }

    [Fact]
    public void A_double_free_is_refused()
    {
        var keep = _arena.Allocate(Page);
        var block = _arena.Allocate(3 * Page);
        _arena.Free(block);
        AssertRefused(block, "no live block starts there; it was freed before, or lies inside another");
        _arena.Trim();
        AssertRefused(block, "no live block starts there");
        _arena.Free(keep);
    }

    [Fact]
    public void An_interior_address_is_refused()
    {
        var block = _arena.Allocate(3 * Page);
        AssertRefused(At((byte*)block.Address + Page, 2 * Page), "lies inside another");
        AssertRefused(At((byte*)block.Address + 1, 3 * Page), "no page of this arena");
        AssertRefused(At((byte*)block.Address + Page - 1, Page), "no page of this arena");
        _arena.Free(block);
    }

    [Fact]
    public void Another_size_than_lent_is_refused()
    {
        var block = _arena.Allocate(3 * Page);
        _arena.Allocate(Page);
        AssertRefused(At(block.Address, 2 * Page), "another size");
        AssertRefused(At(block.Address, 4 * Page), "another size");
        AssertRefused(At(block.Address, 0), "another size");
        _arena.Free(block);
        var smaller = _arena.Allocate(2 * Page);
        Assert.Equal((nuint)block.Address, (nuint)smaller.Address);
        AssertRefused(block, "another size");
    }

    [Fact]
    public void A_block_of_another_arena_is_refused_whether_below_or_above()
    {
        var mine = _arena.Allocate(Page);
        var theirs = _other.Allocate(Page);
        AssertRefused(theirs, "no page of this arena");
        var error = Assert.Throws<InvalidFreeException>(() => _other.Free(mine));
        Assert.Contains("Arena 'stable' cannot free Block 0x", error.Message, StringComparison.Ordinal);
        _arena.Free(mine);
        _other.Free(theirs);
    }

    [Fact]
    public void Addresses_beside_and_beyond_what_was_ever_lent_are_refused()
    {
        _arena.Allocate(Page);
        AssertRefused(At(_arena.Base - Page, Page), "no page of this arena");
        AssertRefused(At(_arena.Base + _arena.ReservedBytes, Page), "no page of this arena");
        AssertRefused(At(_arena.Base + _arena.ReservedBytes - Page, Page), "no live block");
        AssertRefused(At((void*)Page, Page), "no page of this arena");
        AssertRefused(At((void*)(nuint.MaxValue - Page + 1), Page), "no page of this arena");
    }

    [Fact]
    public void A_block_of_a_pool_is_refused_and_its_owner_named()
    {
        using var pool = new Pool<int>(_arena, new PoolOptions { Name = "shots" });
        var slot = pool.Allocate();
        var slab = (nuint)slot & ~(nuint)(pool.Layout.SlabBytes - 1);
        AssertRefused(At((void*)slab, (nuint)pool.Layout.SlabBytes), "it belongs to pool 'shots'");
        pool.Free(slot);
    }

    [Fact]
    public void An_allocator_cannot_free_what_another_owner_holds()
    {
        var fake = new FakeAllocator(_arena, "first");
        var second = new FakeAllocator(_arena, "second");
        var theirs = second.Lend(Page);
        var users = _arena.Allocate(Page);
        Assert.Contains("belongs to fake 'second'",
            Assert.Throws<InvalidFreeException>(() => fake.Return(theirs)).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to a block lent by PageArena.Allocate",
            Assert.Throws<InvalidFreeException>(() => fake.Return(users)).Message, StringComparison.Ordinal);
        _arena.Free(users);
    }

    [Fact]
    public void An_address_is_described_by_its_owner()
    {
        var fake = new FakeAllocator(_arena, "shots");
        var held = fake.Lend(Page);
        var users = _arena.Allocate(Page);
        Assert.Equal("the address lies in fake 'shots'", _arena.Describe((byte*)held.Address + 7));
        Assert.Equal("the address lies in a block lent by PageArena.Allocate", _arena.Describe(users.Address));
        Assert.Equal("the address lies in no live block", _arena.Describe((byte*)users.Address + Page));
        Assert.Equal("the address lies in no live block", _arena.Describe(_arena.Base + _arena.ReservedBytes - 1));
        Assert.Equal("the address is not in arena 'hall'", _arena.Describe(_arena.Base - 1));
        Assert.Equal("the address is not in arena 'hall'", _arena.Describe(null));
        _arena.Free(users);
        Assert.Equal("the address lies in no live block", _arena.Describe(users.Address));
    }

    private static Block At(void* address, nuint byteCount) => new(address, byteCount);

    private void AssertRefused(Block block, string why)
    {
        var before = (_arena.LentBytes, _arena.CommittedBytes);
        var error = Assert.Throws<InvalidFreeException>(() => _arena.Free(block));
        Assert.Equal((nuint)block.Address, error.Address);
        Assert.StartsWith($"Arena 'hall' cannot free {block}: ", error.Message);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, (_arena.LentBytes, _arena.CommittedBytes));
        var next = _arena.Allocate(Page);
        next.AsSpan().Fill(1);
        _arena.Free(next);
        Assert.Equal(before.LentBytes, _arena.LentBytes);
    }
}
