using System.Numerics;

namespace Arena.Tests.Buddy;

public sealed unsafe class BuddyAllocatorTests : IDisposable
{
    private static readonly nuint Huge = unchecked((nuint)(-1));

    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void The_lowest_address_of_the_smallest_sufficient_region_is_granted()
    {
        using var buddy = new BuddyAllocator(_arena, 1024);
        var first = (byte*)buddy.Allocate(16);
        Assert.True(buddy.Allocate(100) == first + 128);
        Assert.True(buddy.Allocate(16) == first + 16);
        Assert.True(buddy.Allocate(33) == first + 64);
        Assert.True(buddy.Allocate(1) == first + 32);
        buddy.Free(first + 64);
        buddy.Free(first + 16);
        // Two regions of 16 are free, at 16 and at 48.
        Assert.True(buddy.Allocate(0) == first + 16);
        Assert.True(buddy.Allocate(16) == first + 48);
        Assert.True(buddy.Allocate(16) == first + 64);
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(1, 16)]
    [InlineData(16, 16)]
    [InlineData(17, 32)]
    [InlineData(4097, 8192)]
    public void A_region_is_the_smallest_power_of_two_that_holds_the_request(int requested, int granted)
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 16);
        var region = buddy.Allocate((nuint)requested);
        Assert.Equal((nuint)granted, buddy.UsableBytes(region));
        Assert.Equal((nuint)granted, buddy.LiveBytes);
        Assert.Equal(1, buddy.LiveCount);
    }

    [Fact]
    public void Less_than_half_of_a_region_is_unused()
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        for (nuint byteCount = 16; byteCount < 3000; byteCount++)
        {
            var region = buddy.Allocate(byteCount);
            Assert.True(buddy.UsableBytes(region) - byteCount < buddy.UsableBytes(region) / 2 || byteCount == 16);
            Assert.True(buddy.UsableBytes(region) < 2 * byteCount);
            buddy.Free(region);
        }
    }

    [Theory]
    [InlineData("as allocated")]
    [InlineData("reversed")]
    [InlineData("shuffled")]
    public void After_all_is_freed_one_region_remains(string order)
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 18);
        var random = new Random(7);
        List<nint> regions = [];
        while (buddy.TryAllocate((nuint)random.Next(1, 2000), 16, out var region))
            regions.Add((nint)region);
        nint[] inOrder = order switch
        {
            "reversed" => [.. regions.AsEnumerable().Reverse()],
            "shuffled" => [.. regions.OrderBy(_ => random.Next())],
            _ => [.. regions],
        };
        foreach (var region in inOrder)
            buddy.Free((void*)region);
        Assert.Equal(buddy.CapacityBytes, buddy.LargestFreeBytes);
        Assert.Equal(0, buddy.LiveCount);
        Assert.True(buddy.Allocate(1 << 18) == (void*)inOrder.Min());
    }

    [Theory]
    [InlineData(1008)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData((3 << 20) - 16)]
    public void A_capacity_that_is_no_power_of_two_can_be_allocated_whole(int byteCount)
    {
        using var buddy = new BuddyAllocator(_arena, (nuint)byteCount);
        var capacity = ((nuint)byteCount + 15) / 16 * 16;
        Assert.Equal(capacity, buddy.CapacityBytes);
        List<nint> regions = [];
        while (buddy.LargestFreeBytes is > 0 and var largest)
        {
            regions.Add((nint)buddy.Allocate(largest));
            new Span<byte>((void*)regions[^1], (int)largest).Fill(0xAB);
        }
        Assert.Equal(capacity, buddy.LiveBytes);
        Assert.Equal(BitOperations.PopCount(capacity / 16), regions.Count);
        foreach (var region in regions)
            buddy.Free((void*)region);
        Assert.Equal((nuint)1 << BitOperations.Log2(capacity), buddy.LargestFreeBytes);
    }

    [Fact]
    public void Every_alignment_up_to_a_mebibyte_is_met_and_grants_no_more_than_the_size_asks_for()
    {
        using var buddy = new BuddyAllocator(_arena, 8 << 20);
        for (nuint alignment = 1; alignment <= 1 << 20; alignment *= 2)
        {
            buddy.Allocate(16);
            var region = buddy.Allocate(100, alignment);
            Assert.Equal((nuint)0, (nuint)region & (alignment - 1));
            Assert.Equal((nuint)128, buddy.UsableBytes(region));
        }
        Assert.Equal((nuint)21 * (16 + 128), buddy.LiveBytes);
    }

    [Fact]
    public void An_alignment_beyond_that_of_the_memory_is_out_of_memory()
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        var alignment = (nuint)1 << 45;
        Assert.False(buddy.TryAllocate(16, alignment, out var region));
        Assert.True(region == null);
        Assert.Throws<ArenaOutOfMemoryException>(() => (nint)buddy.Allocate(16, alignment));
        Assert.Throws<ArgumentException>(() => (nint)buddy.Allocate(16, 48));
        Assert.Throws<ArgumentException>(() => buddy.TryAllocate(16, alignment + 1, out _));
        Assert.True(buddy.Allocate(16, 0) != null);
    }

    [Fact]
    public void A_size_that_cannot_be_served_is_out_of_memory_and_the_error_names_the_rest()
    {
        using var buddy = new BuddyAllocator(_arena, 4096, name: "meshes");
        buddy.Allocate(16);
        foreach (var byteCount in new nuint[] { 4096, 4097, Huge, Huge / 2 + 2, (nuint)1 << 63 })
        {
            Assert.False(buddy.TryAllocate(byteCount, 16, out _));
            var error = Assert.Throws<ArenaOutOfMemoryException>(() => (nint)buddy.Allocate(byteCount));
            Assert.Equal(byteCount, error.RequestedBytes);
            Assert.Contains("'meshes'", error.Message, StringComparison.Ordinal);
            Assert.Contains("largest free region has 2048 bytes", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(1, buddy.LiveCount);
        Assert.True(buddy.Allocate(2048) != null);
    }

    [Fact]
    public void Free_memory_is_never_written()
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 16);
        var memory = new Span<byte>(buddy.Allocate(1 << 16), 1 << 16);
        memory.Fill(0x5A);
        fixed (byte* first = memory)
            buddy.Free(first);
        var random = new Random(3);
        List<nint> regions = [];
        for (var i = 0; i < 10_000; i++)
        {
            if (random.Next(2) == 0 && buddy.TryAllocate((nuint)random.Next(500), 16, out var region))
                regions.Add((nint)region);
            else if (regions.Count > 0)
            {
                buddy.Free((void*)regions[^1]);
                regions.RemoveAt(regions.Count - 1);
            }
        }
        Assert.Equal(-1, memory.IndexOfAnyExcept((byte)0x5A));
    }

    [Fact]
    public void A_buddy_that_the_arena_cannot_hold_leaves_nothing_behind()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 1 << 20 });
        Assert.Throws<ArenaOutOfMemoryException>(() => new BuddyAllocator(arena, 2 << 20));
        // The memory fits, its bitmaps do not.
        Assert.Throws<ArenaOutOfMemoryException>(() => new BuddyAllocator(arena, 1000 << 10));
        Assert.Throws<ArenaOutOfMemoryException>(() => new BuddyAllocator(arena, Huge));
        Assert.Throws<ArenaOutOfMemoryException>(() => new BuddyAllocator(arena, 16, (nuint)1 << 63));
        Assert.Throws<ArenaOutOfMemoryException>(() => new BuddyAllocator(_arena, (nuint)31 << 30, 8));
        Assert.Equal((nuint)0, arena.LentBytes);
        Assert.Equal((nuint)0, _arena.LentBytes);
        using var small = new BuddyAllocator(arena, 512 << 10);
        Assert.Equal((nuint)512 << 10, small.LargestFreeBytes);
    }

    [Fact]
    public void A_reservation_too_small_to_align_the_memory_still_serves_it()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "narrow", ReserveBytes = 3 << 20 });
        arena.Allocate(1);
        using var buddy = new BuddyAllocator(arena, 2 << 20);
        Assert.True(buddy.Allocate(2 << 20) != null);
    }

    [Fact]
    public void Memory_that_was_used_before_makes_no_difference()
    {
        var block = _arena.Allocate(8 << 20);
        block.AsSpan().Fill(0xFF);
        _arena.Free(block);
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        Assert.Equal(buddy.CapacityBytes, buddy.LargestFreeBytes);
        Assert.Throws<InvalidFreeException>(() => buddy.Free((byte*)buddy.Allocate(16) + 4096));
        buddy.Free(buddy.Allocate(1 << 19));
    }

    [Fact]
    public void Senseless_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => new BuddyAllocator(null!, 4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BuddyAllocator(_arena, 0));
        Assert.Throws<ArgumentException>(() => new BuddyAllocator(_arena, 4096, 24));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BuddyAllocator(_arena, 4096, 4));
    }

    [Fact]
    public void Nothing_is_taken_from_the_collector()
    {
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        Churn(buddy);
        Assert.Equal(0, Garbage.Of(() => Churn(buddy)));

        static void Churn(BuddyAllocator buddy)
        {
            for (nuint i = 0; i < 1000; i++)
            {
                var first = buddy.Allocate(i);
                var second = buddy.Reallocate(buddy.Allocate(i, 64), 2 * i);
                buddy.Free(first);
                _ = buddy.TryAllocate(Huge, 16, out _);
                foreach (var (address, _) in buddy.LiveRegions())
                    Assert.True(address == (nuint)second);
                buddy.Free(second);
            }
        }
    }

    [Fact]
    public Task A_small_buddy_is_drawn_after_every_step()
    {
        using var buddy = new BuddyAllocator(_arena, 448, 16);
        var drawing = new BuddyDrawing(buddy);
        drawing.Add("new, 28 regions of 16");
        var a = buddy.Allocate(16);
        drawing.Add("allocate 16");
        var b = buddy.Allocate(60);
        drawing.Add("allocate 60");
        var c = buddy.Allocate(16, 128);
        drawing.Add("allocate 16 aligned to 128");
        b = buddy.Reallocate(b, 20);
        drawing.Add("reallocate 60 to 20");
        c = buddy.Reallocate(c, 100);
        drawing.Add("reallocate 16 to 100");
        buddy.Free(a);
        drawing.Add("free the first");
        buddy.Free(b);
        buddy.Free(c);
        drawing.Add("free the others");
        return Verify(drawing.ToString());
    }
}
