namespace Arena.Tests.Buddy;

public sealed unsafe class BuddyReallocateTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly BuddyAllocator _buddy;

    public BuddyReallocateTests() => _buddy = new BuddyAllocator(_arena, 1 << 12);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Null_allocates()
    {
        Assert.True(_buddy.Reallocate(null, 40) != null);
        Assert.Equal((nuint)64, _buddy.LiveBytes);
    }

    [Fact]
    public void Shrinking_stays_in_place_and_frees_the_tail()
    {
        var region = Filled(1 << 12);
        Assert.True(_buddy.Reallocate(region, 100) == region);
        AssertFilled(region, 100);
        Assert.Equal((nuint)128, _buddy.LiveBytes);
        Assert.Equal((nuint)1 << 11, _buddy.LargestFreeBytes);
        Assert.True(_buddy.Reallocate(region, 0) == region);
        Assert.Equal((nuint)16, _buddy.LiveBytes);
        _buddy.Free(region);
        Assert.Equal(_buddy.CapacityBytes, _buddy.LargestFreeBytes);
    }

    [Fact]
    public void Growing_within_the_region_changes_nothing()
    {
        var region = Filled(33);
        Assert.True(_buddy.Reallocate(region, 64) == region);
        Assert.Equal((nuint)64, _buddy.LiveBytes);
    }

    [Fact]
    public void A_left_half_grows_in_place_over_free_right_halves()
    {
        var region = Filled(16);
        Assert.True(_buddy.Reallocate(region, 1 << 12) == region);
        AssertFilled(region, 16);
        Assert.Equal(_buddy.CapacityBytes, _buddy.LiveBytes);
        Assert.Equal((nuint)0, _buddy.LargestFreeBytes);
        Assert.Throws<ArenaOutOfMemoryException>(() => (nint)_buddy.Reallocate(region, (1 << 12) + 1));
        Assert.Throws<ArenaOutOfMemoryException>(() => (nint)_buddy.Reallocate(region, unchecked((nuint)(-1))));
        Assert.Equal(_buddy.CapacityBytes, _buddy.LiveBytes);
    }

    [Fact]
    public void A_right_half_moves_with_its_contents()
    {
        _buddy.Allocate(16);
        var region = Filled(16);
        var moved = (byte*)_buddy.Reallocate(region, 32);
        Assert.True(moved == region + 16);
        AssertFilled(moved, 16);
        Assert.Throws<InvalidFreeException>(() => _buddy.Free(region));
        Assert.Equal(2, _buddy.LiveCount);
    }

    [Fact]
    public void A_left_half_beside_a_part_that_is_taken_moves()
    {
        var region = Filled(64);
        var behind = (byte*)_buddy.Allocate(16);
        Assert.True(behind == region + 64);
        var moved = (byte*)_buddy.Reallocate(region, 128);
        Assert.True(moved == region + 128);
        AssertFilled(moved, 64);
    }

    [Fact]
    public void What_cannot_grow_is_as_it_was()
    {
        var region = Filled(1 << 10);
        _buddy.Allocate(1 << 10);
        _buddy.Allocate(1 << 10);
        Assert.Throws<ArenaOutOfMemoryException>(() => (nint)_buddy.Reallocate(region, 1 << 11));
        Assert.Throws<ArenaOutOfMemoryException>(() => (nint)_buddy.Reallocate(region, unchecked((nuint)(-1))));
        AssertFilled(region, 1 << 10);
        Assert.Equal((nuint)3 << 10, _buddy.LiveBytes);
        _buddy.Free(region);
    }

    [Fact]
    public void At_the_end_of_a_capacity_that_is_no_power_of_two_there_is_nothing_to_grow_over()
    {
        using var buddy = new BuddyAllocator(_arena, 48);
        var last = (byte*)buddy.Allocate(16);
        var first = (byte*)buddy.Allocate(32);
        Assert.True(last == first + 32);
        Assert.Throws<ArenaOutOfMemoryException>(() => (nint)buddy.Reallocate(last, 32));
        buddy.Free(first);
        Assert.True(buddy.Reallocate(last, 32) == first);
    }

    private byte* Filled(int byteCount)
    {
        var region = _buddy.Allocate((nuint)byteCount);
        new Span<byte>(region, byteCount).Fill(0x77);
        return (byte*)region;
    }

    private static void AssertFilled(void* region, int byteCount) =>
        Assert.Equal(-1, new Span<byte>(region, byteCount).IndexOfAnyExcept((byte)0x77));
}
