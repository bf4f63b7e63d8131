using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Heaps;

/// <summary>A smaller size never fails, and freed allocations above 256 KiB go back to the operating system.</summary>
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
        // An allocation that could not move gave back the memory behind its new size.
        var most = nuint.Max(newBytes + newBytes / 16 + 16, oldBytes > 256 << 10 ? PageArena.PageBytes : 544);
        Assert.InRange(heap.UsableBytes(own), newBytes, most);
        Assert.InRange(shared.UsableBytes(common), newBytes, most);
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
    public void A_block_that_cannot_move_gives_its_last_pages_to_others()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "spent", BudgetBytes = 16 << 20 });
        using var tracker = LeakTracker.Attach(arena);
        using var heap = new Heap(arena);
        var block = heap.Allocate(8 << 20);
        while (arena.TryAllocate(PageArena.PageBytes, 0, out _))
        {
        }
        Assert.True(heap.Reallocate(block, 100) == block);
        Assert.Equal(PageArena.PageBytes, heap.UsableBytes(block));
        Assert.Equal(heap.LiveBytes, tracker.Report().Sites.Single(site => site.Count == 1).Bytes);
        arena.Allocate(7 << 20);
        heap.Free(block);
        Assert.Equal(0u, heap.LiveBytes);
    }

    [Fact]
    public void Buddies_and_C_libraries_shrink_under_a_spent_budget_and_under_a_tags_hard_one()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "spent", BudgetBytes = 16 << 20 });
        using var tracker = LeakTracker.Attach(arena);
        tracker.SetBudget("mesh", new MemoryBudget { HardBytes = 3 << 20 });
        using var buddy = new BuddyAllocator(arena, 1 << 20) { Tag = "mesh" };
        using var heap = new Heap(arena) { Tag = "mesh" };
        using var library = new NativeCallbacks(heap, "library");
        using var driver = new VulkanCallbacks(heap);
        var calls = driver.Callbacks;
        var region = (byte*)buddy.Allocate(512);
        var memory = (byte*)NativeCallbacks.Malloc(library.UserData, 1 << 20);
        var image = (byte*)calls.Allocation(calls.UserData, 1 << 20, 4096, 1);
        region[99] = memory[99] = image[99] = 42;
        while (arena.TryAllocate(PageArena.PageBytes, 0, out _))
        {
        }
        while (heap.TryAllocate(100, 16, out _))
        {
        }
        library.LimitBytes = driver.LimitBytes = 1;
        region = (byte*)buddy.Reallocate(region, 100);
        memory = (byte*)NativeCallbacks.Realloc(library.UserData, memory, 100);
        image = (byte*)calls.Reallocation(calls.UserData, image, 100, 4096, 3);
        Assert.True(region != null && memory != null && image != null && (nuint)image % 4096 == 0);
        Assert.Equal((42, 42, 42), (region[99], memory[99], image[99]));
        Assert.Equal((0L, 0L, 0), (library.RefusedCount, driver.RefusedCount, driver.FaultCount));
        Assert.Equal((0, 1), (driver.Usage(VulkanScope.Object).LiveCount, driver.Usage(VulkanScope.Device).LiveCount));
        calls.Free(calls.UserData, image);
        NativeCallbacks.Free(library.UserData, memory);
        Assert.Equal((0, 0), (library.LiveCount, driver.LiveCount));
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
