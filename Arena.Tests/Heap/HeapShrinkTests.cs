using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>A smaller size never fails, and what is freed above 256 KiB goes back to the operating system.</summary>
public sealed unsafe class HeapShrinkTests
{
    [Theory]
    [InlineData(4u << 20, 100u)]
    [InlineData(300_000u, 200_000u)]
    [InlineData(512u, 100u)]
    [InlineData(40_000u, 1u)]
    public void A_smaller_size_never_fails_when_the_budget_is_spent(uint oldBytes, uint newBytes)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "spent", BudgetBytes = 16 << 20 });
        using var heap = new Heap(arena, "heap");
        using var shared = new SharedHeap(arena, "shared");
        var own = (byte*)heap.Allocate(oldBytes);
        var common = (byte*)shared.Allocate(oldBytes);
        own[newBytes - 1] = common[newBytes - 1] = 42;
        while (arena.TryAllocate(PageArena.PageBytes, 0, out _))
        {
        }
        while (heap.TryAllocate(newBytes, 16, out _))
        {
        }
        while (shared.TryAllocate(newBytes, 16, out _))
        {
        }
        own = (byte*)heap.Reallocate(own, newBytes);
        common = (byte*)shared.Reallocate(common, newBytes);
        Assert.Equal(42, own[newBytes - 1]);
        Assert.Equal(42, common[newBytes - 1]);
        heap.Free(own);
        shared.Free(common);
    }

    [Fact]
    public void A_smaller_size_never_fails_when_the_hard_budget_of_a_tag_is_reached()
    {
        using var arena = new PageArena("tagged");
        using var tracker = LeakTracker.Attach(arena);
        tracker.SetBudget("mesh", new MemoryBudget { HardBytes = 600 });
        using var heap = new Heap(arena) { Tag = "mesh" };
        var address = (byte*)heap.Allocate(512);
        address[99] = 7;
        address = (byte*)heap.Reallocate(address, 100);
        Assert.Equal(7, address[99]);
        heap.Free(address);
    }

    [Fact]
    public void Trim_gives_freed_blocks_back()
    {
        using var arena = new PageArena("large");
        using var heap = new Heap(arena);
        FillAndFree(heap);
        var committed = arena.CommittedBytes;
        Assert.True(committed > 300u << 20);
        Assert.Equal(heap.Trim(), committed - arena.CommittedBytes);
        Assert.True(arena.CommittedBytes < 1u << 20, $"{arena.CommittedBytes} bytes are committed");
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(256)]
    public void Steps_give_freed_blocks_back_within_their_bound(int mostPages)
    {
        using var arena = new PageArena("large");
        using var heap = new Heap(arena);
        FillAndFree(heap);
        for (var i = 0; i < 600; i++)
            Assert.True(heap.TrimStep(mostPages) / 4096 <= (nuint)mostPages);
        Assert.True(arena.CommittedBytes < 2u << 20, $"{arena.CommittedBytes} bytes are committed");
    }

    [Fact]
    public void A_step_of_any_number_of_pages_gives_idle_pages_of_segments_back()
    {
        using var arena = new PageArena("small");
        using var heap = new Heap(arena);
        var live = new nint[20_000];
        for (var i = 0; i < live.Length; i++)
            live[i] = (nint)heap.Allocate(1000);
        var full = arena.CommittedBytes;
        for (var i = 0; i < live.Length; i++)
        {
            if (i % 1000 != 0)
                heap.Free((void*)live[i]);
        }
        for (var i = 0; i < 4 * 64; i++)
            heap.TrimStep(int.MaxValue);
        Assert.True(arena.CommittedBytes < full / 4, $"{arena.CommittedBytes} of {full} bytes are committed");
    }

    private static void FillAndFree(Heap heap)
    {
        var live = new nint[300];
        for (var i = 0; i < live.Length; i++)
            live[i] = (nint)heap.Allocate(1 << 20);
        foreach (var address in live)
            heap.Free((void*)address);
    }
}
