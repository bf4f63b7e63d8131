using Arena.Tests.Os;

namespace Arena.Tests.Blocks;

public sealed unsafe class PageArenaLendingTests
{
    private const nuint Gibibyte = 1u << 30;
    private static readonly nuint Page = PageArena.PageBytes;

    [Fact]
    public void The_lowest_addresses_that_fit_are_lent_first()
    {
        using var arena = new PageArena("lending");
        var blocks = new Block[6];
        for (var i = 0; i < blocks.Length; i++)
            blocks[i] = arena.Allocate(3 * Page);
        for (var i = 0; i < blocks.Length; i++)
            Assert.Equal((nuint)arena.Base + (nuint)i * 3 * Page, (nuint)blocks[i].Address);

        arena.Free(blocks[4]);
        arena.Free(blocks[1]);
        AssertLentAt(arena, 2 * Page, blocks[1].Address);
        AssertLentAt(arena, 2 * Page, blocks[4].Address);
        AssertLentAt(arena, Page, (byte*)blocks[1].Address + 2 * Page);
        AssertLentAt(arena, 3 * Page, (byte*)arena.Base + 18 * Page);
    }

    [Fact]
    public void Every_multiple_of_a_page_is_lent_and_usable_to_its_last_byte()
    {
        using var arena = new PageArena("lending");
        nuint lent = 0;
        for (nuint pages = 1; pages <= 300; pages += 13)
        {
            var block = arena.Allocate(pages * Page - 1);
            Assert.Equal(pages * Page, block.ByteCount);
            Assert.Equal((int)block.ByteCount, block.AsSpan().Length);
            block.AsSpan().Fill(0xA5);
            Assert.Equal(lent += block.ByteCount, arena.LentBytes);
        }
    }

    [Fact]
    public void Zero_bytes_give_one_page()
    {
        using var arena = new PageArena("lending");
        Assert.Equal(Page, arena.Allocate(0).ByteCount);
        Assert.True(arena.TryAllocate(0, 0, out var block));
        Assert.Equal(Page, block.ByteCount);
    }

    [Fact]
    public void Any_power_of_two_up_to_a_gibibyte_aligns_a_block()
    {
        using var arena = new PageArena("lending");
        arena.Allocate(Page);
        for (nuint alignment = 1; alignment <= Gibibyte; alignment <<= 1)
        {
            var block = arena.Allocate(Page, alignment);
            Assert.Equal(0u, (nuint)block.Address % nuint.Max(alignment, Page));
            *(byte*)block.Address = 1;
            Assert.True(arena.TryAllocate(5 * Page, alignment, out block));
            Assert.Equal(0u, (nuint)block.Address % nuint.Max(alignment, Page));
        }
    }

    [Fact]
    public void An_alignment_beyond_the_reservation_is_out_of_memory()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "lending", ReserveBytes = 4 * Page });
        arena.Allocate(Page);
        Assert.False(arena.TryAllocate(Page, (nuint)1 << 62, out _));
        Assert.False(arena.TryAllocate(Page, (nuint)1 << 63, out _));
        Assert.Equal(Page, arena.LentBytes);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(24)]
    [InlineData(4097)]
    [InlineData(ulong.MaxValue)]
    public void An_alignment_that_is_no_power_of_two_is_an_error_of_both_forms(ulong alignment)
    {
        using var arena = new PageArena("lending");
        var error = Assert.Throws<ArgumentException>(() => arena.Allocate(1, (nuint)alignment));
        Assert.Equal("alignment", error.ParamName);
        Assert.Contains($"{alignment}", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => arena.TryAllocate(nuint.MaxValue, (nuint)alignment, out _));
        Assert.Equal(0u, arena.CommittedBytes);
    }

    [Fact]
    public void Absurd_sizes_are_out_of_memory_and_the_error_names_everything()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "hall", ReserveBytes = 16 * Page });
        arena.Allocate(Page);
        nuint[] absurd = [nuint.MaxValue, nuint.MaxValue - Page, (nuint)1 << 63, 16 * Page + 1, 16 * Page];
        foreach (var byteCount in absurd)
        {
            Assert.False(arena.TryAllocate(byteCount, 0, out var block));
            Assert.Equal(default, block);
            var error = Assert.Throws<ArenaOutOfMemoryException>(() => arena.Allocate(byteCount));
            Assert.Equal(byteCount, error.RequestedBytes);
            Assert.StartsWith($"Arena 'hall' cannot serve {byteCount} bytes: the reservation ", error.Message);
            Assert.EndsWith($"(committed {4 * Page} bytes, no budget, reserved {16 * Page})", error.Message);
        }
        Assert.Equal(Page, arena.LentBytes);
    }

    [Fact]
    public void The_whole_reservation_can_be_lent_and_not_a_page_more()
    {
        foreach (var pages in new[] { 1, 2, 63, 64, 65, 1000, 4096, 32768 + 1 })
        {
            using var arena = new PageArena(new PageArenaOptions { ReserveBytes = (nuint)pages * Page });
            var whole = arena.Allocate(arena.ReservedBytes);
            ((byte*)whole.Address)[whole.ByteCount - 1] = 1;
            Assert.False(arena.TryAllocate(1, 0, out _));
            arena.Free(whole);
            for (var i = 0; i < Math.Min(pages, 100); i++)
                Assert.Equal((nuint)whole.Address + (nuint)i * Page, (nuint)arena.Allocate(1).Address);
            Assert.Equal(pages > 100, arena.TryAllocate(1, 0, out _));
        }
    }

    [Fact]
    public void The_end_of_the_largest_reservation_is_lendable_and_its_tables_cost_what_is_used()
    {
        using var arena = new PageArena(new PageArenaOptions { ReserveBytes = unchecked((nuint)(4UL << 40)) });
        var block = arena.Allocate(Page, Gibibyte);
        Assert.Equal(4 * Page, arena.CommittedBytes);
        Assert.False(arena.TryAllocate(arena.ReservedBytes, 0, out _));
        Assert.Equal(4 * Page, arena.CommittedBytes);
        Assert.True(arena.Contains(block.Address));
        Assert.True(arena.Contains(arena.Base + arena.ReservedBytes - 1));
        Assert.False(arena.Contains(arena.Base + arena.ReservedBytes));
        Assert.False(arena.Contains(arena.Base - 1));
        Assert.False(arena.Contains(null));
    }

    [Fact]
    public void A_reservation_is_rounded_up_to_pages()
    {
        using var arena = new PageArena(new PageArenaOptions { ReserveBytes = Page + 1 });
        Assert.Equal(2 * Page, arena.ReservedBytes);
    }

    [LinuxFact]
    public void Pages_of_16_KiB_are_lent_like_any_other()
    {
        using var arena = new PageArena(new PageArenaOptions { ReserveBytes = 1 << 20 }, MacContext.Memory);
        var first = arena.Allocate(1);
        var second = arena.Allocate(16385, 1 << 16);
        Assert.Equal(16384u, first.ByteCount);
        Assert.Equal(32768u, second.ByteCount);
        Assert.Equal(0u, (nuint)second.Address % (1 << 16));
        second.AsSpan().Fill(0xA5);
        arena.Free(first);
        Assert.Equal(16384u, arena.Trim());
    }

    [Fact]
    public void An_option_that_cannot_be_is_named_with_its_value_and_the_remedy()
    {
        AssertRefused(new PageArenaOptions { Name = "hall", ReserveBytes = 0 },
            "ReserveBytes", "Arena 'hall': ReserveBytes is 0; give 1 to 4398046511104 bytes.");
        AssertRefused(new PageArenaOptions { Name = "hall", ReserveBytes = nuint.MaxValue },
            "ReserveBytes", "Arena 'hall': ReserveBytes is 18446744073709551615; give 1 to 4398046511104 bytes.");
        AssertRefused(new PageArenaOptions { Name = " " }, "Name", "Name is ' '; give a name that errors and reports");
        Assert.Throws<ArgumentNullException>(() => new PageArena(new PageArenaOptions { Name = null! }));
        Assert.Throws<ArgumentNullException>(() => new PageArena((string)null!));
        Assert.Throws<ArgumentNullException>(() => new PageArena((PageArenaOptions)null!));
    }

    private static void AssertRefused(PageArenaOptions options, string option, string text)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => new PageArena(options));
        Assert.Equal(option, error.ParamName);
        Assert.StartsWith(text, error.Message);
    }

    private static void AssertLentAt(PageArena arena, nuint byteCount, void* address) =>
        Assert.Equal((nuint)address, (nuint)arena.Allocate(byteCount).Address);
}
