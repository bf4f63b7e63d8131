using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Heaps;

/// <summary>Segments that the operating system backs with huge pages, if it has any to give.</summary>
public sealed unsafe class HeapHugePageTests
{
    private const nuint SegmentBytes = Segment.LargestBytes;

    private static readonly bool SystemGivesThem = OperatingSystem.IsLinux() && Probe();

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_arena_with_huge_pages_has_heaps_with_huge_pages(bool isShared)
    {
        using var arena = new PageArena(new PageArenaOptions { HugePages = true });
        using var heap = isShared ? null : new Heap(arena);
        using var shared = isShared ? new SharedHeap(arena) : null;
        for (var i = 0; i < 3; i++)
        {
            // Half a segment each.
            var address = heap is not null ? heap.Allocate(250_000) : shared!.Allocate(250_000);
            AssertHuge(arena, address);
        }
    }

    [LinuxFact]
    public void A_large_heap_asks_for_them_by_itself()
    {
        using var arena = new PageArena("test");
        using var heap = new Heap(arena);
        for (var bytes = 0; bytes < 140 << 20; bytes += 250_000)
            _ = heap.Allocate(250_000);
        AssertHuge(arena, heap.Allocate(250_000));
    }

    [Fact]
    public void Where_the_option_changes_nothing_a_heap_stays_small()
    {
        using var arena = new PageArena(new PageArenaOptions { HugePages = true, GuardPages = true });
        using var heap = new Heap(arena);
        _ = heap.Allocate(100);
        Assert.True(heap.CommittedBytes < 256 << 10, $"{heap.CommittedBytes} bytes are committed");
    }

    [Fact]
    public void A_budget_too_small_for_a_whole_segment_serves_parts_of_one()
    {
        using var arena = new PageArena(new PageArenaOptions { HugePages = true, BudgetBytes = 1 << 20 });
        using var heap = new Heap(arena);
        var live = new List<nint>();
        while (heap.TryAllocate(1000, 16, out var address))
        {
            new Span<byte>(address, 1000).Fill(1);
            live.Add((nint)address);
        }
        Assert.InRange(live.Count * 1000, 700_000, 1 << 20);
        Assert.True(arena.CommittedBytes <= 1 << 20);
        live.ForEach(address => heap.Free((void*)address));
        Assert.True(heap.TryAllocate(1000, 16, out _));
    }

    [Fact]
    public void A_whole_segment_of_used_pages_is_cleared_on_request()
    {
        using var arena = new PageArena(new PageArenaOptions { HugePages = true });
        var block = arena.Allocate(4 * SegmentBytes, SegmentBytes);
        new Span<byte>(block.Address, (int)block.ByteCount).Fill(0xA5);
        arena.Free(block);
        using var heap = new Heap(arena);
        for (var i = 0; i < 20; i++)
            Assert.False(new Span<byte>(heap.AllocateZeroed(200_000), 200_000).ContainsAnyExcept((byte)0));
    }

    // One page of the segment was touched at most by the caller, and the description's by the heap.
    private static void AssertHuge(PageArena arena, void* address)
    {
        if (!SystemGivesThem)
            return;
        var segment = (byte*)((nuint)address & ~(SegmentBytes - 1));
        Assert.True(segment >= arena.Base);
        Assert.Equal(SegmentBytes, ResidentMemory.Bytes(segment, SegmentBytes));
    }

    // One byte written into fresh memory brings 2 MiB.
    private static bool Probe()
    {
        using var arena = new PageArena(new PageArenaOptions { HugePages = true });
        var block = arena.Allocate(SegmentBytes, SegmentBytes);
        *(byte*)block.Address = 1;
        return ResidentMemory.Bytes((byte*)block.Address, SegmentBytes) == SegmentBytes;
    }
}
