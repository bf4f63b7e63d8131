using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

/// <summary>Tests of storage: when pages are committed and given back, under a budget and with huge pages.</summary>
public sealed unsafe class PageArenaStorageTests
{
    private const nuint Mebibyte = 1u << 20;
    private const string HugePageSwitch = "/sys/kernel/mm/transparent_hugepage/enabled";
    private static readonly nuint Page = PageArena.PageBytes;
    private static readonly nuint Tables = 3 * Page;

    [Fact]
    public void An_arena_commits_nothing_before_it_lends()
    {
        using var arena = new PageArena("storage");
        Assert.Equal(0u, arena.CommittedBytes);
        Assert.Equal(0u, arena.Trim());
        arena.Allocate(Page);
        Assert.Equal(Page + Tables, arena.CommittedBytes);
        Assert.Equal(Page + Tables, arena.PeakCommittedBytes);
    }

    [Fact]
    public void Freed_pages_stay_committed_and_are_lent_again_as_they_were()
    {
        using var arena = new PageArena("storage");
        var block = arena.Allocate(10 * Page);
        block.AsSpan().Fill(0xA5);
        var committed = arena.CommittedBytes;
        arena.Free(block);
        Assert.Equal(0u, arena.LentBytes);
        Assert.Equal(committed, arena.CommittedBytes);
        Assert.Equal(10 * Page, ResidentMemory.Bytes((byte*)block.Address, 10 * Page));
        Assert.False(arena.Allocate(10 * Page).AsSpan().ContainsAnyExcept((byte)0xA5));
        Assert.Equal(committed, arena.CommittedBytes);
    }

    [Fact]
    public void Trim_gives_back_exactly_what_is_not_lent_and_the_system_agrees()
    {
        using var arena = new PageArena("storage");
        var blocks = Enumerable.Range(0, 200).Select(i => arena.Allocate((nuint)(1 + i % 7) * Page)).ToArray();
        foreach (var block in blocks)
            block.AsSpan().Fill(0xA5);
        var range = (nuint)blocks[^1].Address + blocks[^1].ByteCount - (nuint)arena.Base;
        Assert.Equal(range, ResidentMemory.Bytes(arena.Base, range));
        for (var i = 0; i < blocks.Length; i += 3)
            arena.Free(blocks[i]);
        var (committed, lent) = (arena.CommittedBytes, arena.LentBytes);
        var givenBack = arena.Trim();
        Assert.Equal(range - lent, givenBack);
        Assert.Equal(committed - givenBack, arena.CommittedBytes);
        Assert.Equal(committed, arena.PeakCommittedBytes);
        Assert.Equal(lent, ResidentMemory.Bytes(arena.Base, range));
        Assert.Equal(0u, arena.Trim());
        for (var i = 0; i < blocks.Length; i++)
        {
            if (i % 3 != 0)
                Assert.False(blocks[i].AsSpan().ContainsAnyExcept((byte)0xA5));
        }
        Assert.False(arena.Allocate(blocks[0].ByteCount).AsSpan().ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(40_000)]
    public void The_budget_is_exact_on_both_sides_and_counts_the_tables(int pages)
    {
        var byteCount = (nuint)pages * Page;
        nuint needed;
        using (var free = new PageArena("storage"))
        {
            free.Allocate(byteCount);
            needed = free.CommittedBytes;
        }
        Assert.True(needed > byteCount);

        using var enough = new PageArena(new PageArenaOptions { BudgetBytes = needed });
        enough.Allocate(byteCount);
        Assert.Equal(needed, enough.CommittedBytes);
        Assert.Equal(needed, enough.PeakCommittedBytes);
        Assert.False(enough.TryAllocate(1, 0, out _));

        using var tooLittle = new PageArena(new PageArenaOptions { Name = "hall", BudgetBytes = needed - 1 });
        Assert.False(tooLittle.TryAllocate(byteCount, 0, out _));
        Assert.Equal(0u, tooLittle.CommittedBytes);
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => tooLittle.Allocate(byteCount));
        Assert.Equal(
            $"Arena 'hall' cannot serve {byteCount} bytes: the budget is spent; free something, or raise BudgetBytes "
            + $"(committed 0 bytes, budget {needed - 1}, reserved {32UL << 30})",
            error.Message);
        Assert.Equal(needed - 1, tooLittle.BudgetBytes);
    }

    [Fact]
    public void Kept_pages_are_given_back_before_the_budget_fails()
    {
        using var arena = new PageArena(new PageArenaOptions { BudgetBytes = Tables + 8 * Page });
        var low = arena.Allocate(4 * Page);
        arena.Allocate(4 * Page);
        arena.Free(low);
        arena.Allocate(Page);
        // Pages 1 to 3 are kept and too low; the aligned block needs three pages beyond, so they go.
        var block = arena.Allocate(3 * Page, 8 * Page);
        Assert.Equal((nuint)arena.Base + 8 * Page, (nuint)block.Address);
        block.AsSpan().Fill(1);
        Assert.Equal(arena.BudgetBytes, arena.CommittedBytes);
        Assert.Equal(arena.BudgetBytes, arena.PeakCommittedBytes);
        Assert.Equal(8 * Page, arena.LentBytes);
    }

    [Fact]
    public void A_request_that_no_giving_back_can_satisfy_leaves_the_kept_pages_alone()
    {
        using var arena = new PageArena(new PageArenaOptions { BudgetBytes = Tables + 8 * Page });
        var low = arena.Allocate(4 * Page);
        arena.Allocate(4 * Page);
        arena.Free(low);
        var committed = arena.CommittedBytes;
        Assert.False(arena.TryAllocate(5 * Page, 0, out _));
        Assert.False(arena.TryAllocate(1 << 20, 0, out _));
        Assert.Equal(committed, arena.CommittedBytes);
        arena.Allocate(4 * Page);
        Assert.Equal(committed, arena.CommittedBytes);
    }

    [Fact]
    public void Without_a_budget_the_ceiling_is_none()
    {
        using var arena = new PageArena("storage");
        Assert.Equal(nuint.MaxValue, arena.BudgetBytes);
        Assert.Contains("no budget", arena.Sizes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_block_can_be_taken_back_with_its_storage()
    {
        using var arena = new PageArena("storage");
        var fake = new FakeAllocator(arena, "fake");
        Assert.Null(arena.Lend(5 * Page, 0, fake.Token, out var block));
        block.AsSpan().Fill(1);
        Assert.Equal(5 * Page, arena.TakeBack(block, fake.Token, decommit: true));
        Assert.Equal(Tables, arena.CommittedBytes);
        Assert.Equal(0u, ResidentMemory.Bytes((byte*)block.Address, 5 * Page));
    }

    [LinuxFact]
    public void Blocks_that_span_huge_pages_ask_for_them_and_smaller_ones_do_not()
    {
        if (!File.Exists(HugePageSwitch))
            return;
        using var arena = new PageArena("storage");
        var small = arena.Allocate(Mebibyte);
        var large = arena.Allocate(4 * Mebibyte);
        Assert.DoesNotContain("hg", ProcessMaps.FlagsAt(small.Address));
        Assert.Contains("hg", ProcessMaps.FlagsAt((byte*)large.Address + Mebibyte));
        Assert.DoesNotContain("hg", ProcessMaps.FlagsAt(large.Address));
    }

    [LinuxFact]
    public void The_huge_page_option_commits_in_steps_of_one_and_asks_for_it()
    {
        using var arena = new PageArena(new PageArenaOptions { HugePages = true, ReserveBytes = 5 * Mebibyte });
        var block = arena.Allocate(Page);
        Assert.True(arena.CommittedBytes - Tables == 2 * Mebibyte);
        if (File.Exists(HugePageSwitch))
            Assert.Contains("hg", ProcessMaps.FlagsAt(block.Address));
        var rest = arena.Allocate(2 * Mebibyte);
        Assert.Equal(4 * Mebibyte + Tables, arena.CommittedBytes);
        // The last step ends with the reservation.
        arena.Allocate(arena.ReservedBytes - block.ByteCount - rest.ByteCount).AsSpan().Fill(1);
        Assert.Equal(arena.ReservedBytes, arena.CommittedBytes - Tables);
    }

    [Fact]
    public void Huge_page_steps_never_break_a_budget_and_give_way_to_it()
    {
        foreach (var spare in new nuint[] { 0, 1, 16 * Page, 2 * Mebibyte - Page, 2 * Mebibyte })
        {
            var budget = Tables + Page + spare;
            using var arena = new PageArena(new PageArenaOptions { HugePages = true, BudgetBytes = budget });
            arena.Allocate(Page).AsSpan().Fill(1);
            Assert.True(arena.CommittedBytes <= budget);
            for (nuint lent = 2 * Page; lent <= Page + spare; lent += Page)
                arena.Allocate(Page).AsSpan().Fill(1);
            Assert.False(arena.TryAllocate(1, 0, out _));
            Assert.True(arena.PeakCommittedBytes <= budget);
        }
    }

    [LinuxFact]
    public void Kept_pages_give_way_to_an_owner_that_grows_in_a_few_calls_at_a_time()
    {
        using var os = new FailingContext(FailingContext.TakingAccess);
        using var arena = new PageArena(new PageArenaOptions { Name = "hall" }, os.Memory);
        var blocks = Enumerable.Range(0, 3000).Select(_ => arena.Allocate(1)).ToArray();
        for (var i = 0; i < blocks.Length; i += 2)
            arena.Free(blocks[i]);
        Assert.Null(arena.LendAddresses(64 << 20, 0, OwnerRegistry.UserBlock, out var block));
        for (nuint at = 0; at < 200; at++)
        {
            os.Reset();
            var page = (byte*)block.Address + at * PageArena.PageBytes;
            Assert.Null(arena.Commit(page, PageArena.PageBytes, OwnerRegistry.UserBlock, out _));
            Assert.InRange(os.CallCount, 1, 20);
        }
        Assert.InRange(arena.KeptBytes, 0u, arena.CommittedBytes / 64);
    }
}
