using Arena.Os;
using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

/// <summary>Blocks lent as addresses, whose owner gives them storage page by page.</summary>
public sealed unsafe class SparseBlockTests
{
    private const ushort Owner = OwnerRegistry.UserBlock;
    private const int BlockPages = 512;
    private static readonly nuint Page = PageArena.PageBytes;

    [Fact]
    public void Addresses_cost_no_storage_until_they_are_committed()
    {
        using var arena = new PageArena("sparse");
        var block = Lend(arena);
        var tables = arena.CommittedBytes;
        Assert.Equal(0u, arena.LentBytes);
        Assert.Null(arena.Commit(PageAt(block, 7), 3 * Page, Owner, out var isZero));
        Assert.True(isZero);
        Assert.Equal((3 * Page, tables + 3 * Page), (arena.LentBytes, arena.CommittedBytes));
        new Span<byte>(PageAt(block, 7), (int)(3 * Page)).Fill(0xA5);
        Assert.Null(arena.Commit(PageAt(block, 6), 5 * Page, Owner, out isZero));
        Assert.False(isZero);
        Assert.Equal(5 * Page, arena.LentBytes);
        Assert.Equal(0xA5, *PageAt(block, 9));
        Assert.Equal(3 * Page, ResidentMemory.Bytes((byte*)block.Address, block.ByteCount));
        Assert.Equal(2 * Page, arena.Decommit(PageAt(block, 8), 2 * Page, Owner));
        Assert.Equal((3 * Page, tables + 3 * Page), (arena.LentBytes, arena.CommittedBytes));
        Assert.Equal(1 * Page, ResidentMemory.Bytes((byte*)block.Address, block.ByteCount));
        arena.Free(block);
        Assert.Equal(0u, arena.LentBytes);
        Assert.Equal(3 * Page, arena.Trim());
    }

    [Fact]
    public void A_page_is_its_owners_from_its_commit_until_its_decommit_and_the_first_one_always()
    {
        using var arena = new PageArena("sparse");
        var block = Lend(arena);
        int[] before = [0];
        Assert.Equal(before, Owned(arena, block));
        Assert.Null(arena.Commit(PageAt(block, 3), 2 * Page, Owner, out _));
        int[] with = [0, 3, 4];
        Assert.Equal(with, Owned(arena, block));
        arena.Decommit(PageAt(block, 0), 4 * Page, Owner);
        int[] without = [0, 4];
        Assert.Equal(without, Owned(arena, block));
        arena.Free(block);
        Assert.Empty(Owned(arena, block));
    }

    [Fact]
    public void A_budget_counts_storage_and_not_addresses()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "sparse", BudgetBytes = 20 * Page });
        var block = Lend(arena);
        var room = (int)((arena.BudgetBytes - arena.CommittedBytes) / Page);
        Assert.Null(arena.Commit(PageAt(block, 0), (nuint)room * Page, Owner, out _));
        Assert.NotNull(arena.Commit(PageAt(block, 0), (nuint)(room + 1) * Page, Owner, out _));
        Assert.Null(arena.Commit(PageAt(block, 0), (nuint)room * Page, Owner, out _));
        Assert.Equal(arena.BudgetBytes, arena.CommittedBytes);
        arena.Decommit(PageAt(block, 3), Page, Owner);
        Assert.Null(arena.Commit(PageAt(block, 100), Page, Owner, out _));
    }

    [Fact]
    public void Many_kept_pages_give_way_to_an_owner_that_grows_and_a_few_do_not()
    {
        using var arena = new PageArena("sparse");
        var block = Lend(arena);
        var kept = arena.Allocate(100 * Page);
        arena.Free(kept);
        var committed = arena.CommittedBytes;
        Assert.Null(arena.Commit(PageAt(block, 0), 10 * Page, Owner, out _));
        Assert.Equal(committed - 90 * Page, arena.CommittedBytes);
        Assert.Null(arena.Commit(PageAt(block, 10), 200 * Page, Owner, out _));
        arena.Free(arena.Allocate(2 * Page));
        committed = arena.CommittedBytes;
        Assert.Null(arena.Commit(PageAt(block, 0), 210 * Page, Owner, out _));
        Assert.Equal(committed, arena.CommittedBytes);
        Assert.Null(arena.Commit(PageAt(block, 0), 211 * Page, Owner, out _));
        Assert.Equal(committed + Page, arena.CommittedBytes);
    }

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_commit_or_decommit_that_fails_leaves_counts_that_are_true(bool guards)
    {
        using var os = new FailingContext();
        for (var n = 1; n < 40; n++)
        {
            using var arena = new PageArena(new PageArenaOptions { GuardPages = guards }, os.Memory);
            os.FailAt(n, times: 2);
            if (arena.LendAddresses(BlockPages * Page, 0, Owner, out var block) is not null)
            {
                os.Reset();
                block = Lend(arena);
            }
            for (var i = 0; i < 20; i += 2)
                _ = arena.Commit(PageAt(block, i), Page, Owner, out _);
            _ = arena.Commit(PageAt(block, 0), 20 * Page, Owner, out _);
            _ = arena.Decommit(PageAt(block, 4), 9 * Page, Owner);
            os.Reset();
            Assert.Null(arena.Commit(PageAt(block, 0), 20 * Page, Owner, out _));
            Assert.Equal(20 * Page, arena.LentBytes);
            new Span<byte>(block.Address, (int)(20 * Page)).Fill(1);
            arena.Free(block);
            Assert.Equal(0u, arena.LentBytes);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Whole_and_sparse_blocks_side_by_side_agree_with_a_set_of_pages(int seed, bool huge)
    {
        using var arena = new PageArena(
            new PageArenaOptions { ReserveBytes = 64u << 20, HugePages = huge }, VirtualMemory.Native);
        var random = new Random(seed);
        var sparse = new List<Block>();
        var whole = new List<Block>();
        var stored = new HashSet<nuint>();
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(8))
            {
                case 0 when sparse.Count < 12:
                    sparse.Add(Lend(arena));
                    // Pages that were committed before stay committed, and only the arena knows which these are.
                    arena.Decommit(sparse[^1].Address, sparse[^1].ByteCount, Owner);
                    break;
                case 1 when whole.Count < 200:
                    whole.Add(arena.Allocate((nuint)random.Next(1, 40) * Page));
                    break;
                case 2 when random.Next(20) == 0 && sparse.Count > 0:
                    var gone = Take(sparse, random);
                    stored.RemoveWhere(page => unchecked(page - (nuint)gone.Address) < gone.ByteCount);
                    arena.Free(gone);
                    break;
                case 3 when whole.Count > 0:
                    arena.Free(Take(whole, random));
                    break;
                case 4 when random.Next(50) == 0:
                    arena.Trim();
                    break;
                case > 4 when sparse.Count > 0:
                    var block = sparse[random.Next(sparse.Count)];
                    var first = random.Next(BlockPages);
                    Change(arena, PageAt(block, first), random.Next(1, Math.Min(60, BlockPages - first) + 1),
                        random.Next(3) > 0, stored);
                    break;
            }
            var lent = (nuint)(whole.Sum(block => (long)block.ByteCount) + stored.Count * (long)Page);
            Assert.True(lent == arena.LentBytes, $"{arena.LentBytes} lent, not {lent} (seed {seed}, step {step})");
            Assert.True(arena.CommittedBytes >= lent, $"less committed than lent (seed {seed}, step {step})");
        }
    }

    private static void Change(PageArena arena, byte* address, int pages, bool commits, HashSet<nuint> stored)
    {
        var before = 0;
        for (var i = 0; i < pages; i++)
        {
            var page = (nuint)address + (nuint)i * Page;
            before += stored.Contains(page) ? 1 : 0;
            if (commits)
                stored.Add(page);
            else
                stored.Remove(page);
        }
        if (!commits)
        {
            Assert.Equal((nuint)before * Page, arena.Decommit(address, (nuint)pages * Page, Owner));
            return;
        }
        Assert.Null(arena.Commit(address, (nuint)pages * Page, Owner, out var isZero));
        Assert.True(!isZero || before == 0);
        var span = new Span<byte>(address, pages * (int)Page);
        Assert.True(!isZero || !span.ContainsAnyExcept((byte)0));
        span.Fill(0xA5);
    }

    private static int[] Owned(PageArena arena, Block block) =>
    [
        .. Enumerable.Range(0, BlockPages).Where(
            page => arena.Owners[(nuint)(PageAt(block, page) - arena.Base) >> PageMap.OwnerPageShift] == Owner),
    ];

    private static Block Take(List<Block> blocks, Random random)
    {
        var at = random.Next(blocks.Count);
        var block = blocks[at];
        blocks.RemoveAt(at);
        return block;
    }

    private static Block Lend(PageArena arena)
    {
        Assert.Null(arena.LendAddresses(BlockPages * Page, 0, Owner, out var block));
        return block;
    }

    private static byte* PageAt(Block block, int page) => (byte*)block.Address + (nuint)page * Page;
}
