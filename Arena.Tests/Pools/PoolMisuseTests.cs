using Arena.Pools;

namespace Arena.Tests.Pools;

public sealed unsafe class PoolMisuseTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly Pool<Line64> _pool;

    public PoolMisuseTests() => _pool = new Pool<Line64>(_arena, new PoolOptions { Name = "shots" });

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Null_is_freed_silently_whatever_was_freed_before()
    {
        _pool.Free(null);
        var slot = _pool.Allocate();
        _pool.Free(slot);
        _pool.Free(null);
        Assert.Equal(0, _pool.LiveCount);
        Assert.True(_pool.Allocate() == slot);
        Assert.Equal(1, _pool.LiveCount);
    }

    [Fact]
    public void A_double_free_is_seen_at_once_however_many_frees_lie_between()
    {
        var slots = PoolTests.Fill(_pool, 200);
        for (var between = 0; between < 50; between++)
        {
            _pool.Free((Line64*)slots[between]);
            for (var i = 0; i <= between; i++)
                Refuses((Line64*)slots[i], "free already");
        }
        Assert.Equal(150, _pool.LiveCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3 * 4096)]
    public void Interior_and_header_addresses_are_refused(int slabBytes)
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { Name = "shots", SlabBytes = slabBytes });
        var slot = (byte*)pool.Allocate();
        for (var inside = 1; inside < 64; inside++)
        {
            Refuses(
                pool, (Line64*)(slot + inside),
                $"no slot starts there, it lies {inside} bytes inside a live slot at 0x{(nuint)slot:x}");
        }
        for (var before = 1; before <= 64; before++)
            Refuses(pool, (Line64*)(slot - before), "no slot starts there, it lies in the slab's header");
        var slab = slot - pool.Layout.HeaderBytes;
        for (var header = 0; header < 64; header += 8)
            Refuses(pool, (Line64*)(slab + header), "no slot starts there, it lies in the slab's header");
        pool.Free((Line64*)slot);
        Refuses(pool, (Line64*)(slot + 8), "it lies 8 bytes inside a free slot");
        pool.Clear();
    }

    [Fact]
    public void Addresses_behind_the_last_slot_are_refused()
    {
        using var pool = new Pool<Inode>(_arena, new PoolOptions { Name = "shots", SlabBytes = 3 * 4096 });
        var slots = PoolTests.Fill(pool, pool.Layout.SlotCount);
        for (var behind = 1; behind <= pool.Layout.UnusedBytes; behind++)
        {
            var address = (byte*)slots[^1] + pool.Layout.StrideBytes - 1 + behind;
            Refuses(pool, (Inode*)address, "it lies behind the slab's last slot");
        }
        PoolTests.FreeAll(pool, slots);
    }

    [Fact]
    public void Addresses_of_a_slab_that_have_no_storage_yet_are_refused()
    {
        var slot = _pool.Allocate();
        Refuses(slot + _pool.SlotCount + 64, "");
        Refuses((Line64*)((byte*)slot - _pool.Layout.HeaderBytes + _pool.Layout.SlabBytes - 64), "no live block");
    }

    [Fact]
    public void A_slot_that_was_never_allocated_is_refused() => Refuses(_pool.Allocate() + 1, "never allocated");

    [Fact]
    public void Foreign_addresses_are_refused_and_their_owner_is_named()
    {
        using var other = new Pool<Line64>(_arena, new PoolOptions { Name = "ships" });
        using var stranger = new PageArena("stranger");
        using var far = new Pool<Line64>(stranger);
        long local = 0;
        _pool.Allocate();
        Refuses(other.Allocate(), "pool 'ships'");
        Refuses(far.Allocate(), "not in arena 'test'");
        Refuses((Line64*)&local, "not in arena 'test'");
        Refuses((Line64*)1, "not in arena 'test'");
        Refuses((Line64*)_arena.Allocate(1).Address, "PageArena.Allocate");
        Refuses((Line64*)(_arena.Base + _arena.ReservedBytes - 64), "no live block");
        other.Clear();
        far.Clear();
    }

    [Fact]
    public void A_free_after_the_slab_went_back_is_refused()
    {
        var slots = PoolTests.Fill(_pool, 5000);
        PoolTests.FreeAll(_pool, slots);
        _pool.Trim();
        foreach (var slot in slots)
            Assert.Throws<InvalidFreeException>(() => _pool.Free((Line64*)slot));
        Assert.Equal(0, _pool.LiveCount);
    }

    [Fact]
    public void Slots_beyond_the_maximum_are_refused()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { MaximumSlots = 2500 });
        var slots = PoolTests.Fill(pool, 2500);
        var beyond = (Line64*)slots.Max() + 1;
        var error = Assert.Throws<InvalidFreeException>(() => pool.Free(beyond));
        Assert.Equal((nuint)beyond, error.Address);
        Assert.Equal(2500, pool.LiveCount);
        pool.Clear();
    }

    [Fact]
    public void After_Dispose_every_call_is_refused()
    {
        var slot = _pool.Allocate();
        _pool.Dispose();
        AllRefused(slot);
    }

    [Fact]
    public void After_the_arena_was_disposed_every_call_is_refused()
    {
        var slot = _pool.Allocate();
        _arena.Dispose();
        AllRefused(slot);
    }

    [Theory]
    [InlineData(nameof(PoolOptions.SlabBytes), -1)]
    [InlineData(nameof(PoolOptions.SlabBytes), int.MaxValue)]
    [InlineData(nameof(PoolOptions.Alignment), 3)]
    [InlineData(nameof(PoolOptions.Alignment), -8)]
    [InlineData(nameof(PoolOptions.Alignment), 1 << 17)]
    [InlineData(nameof(PoolOptions.InitialSlots), -1)]
    [InlineData(nameof(PoolOptions.MaximumSlots), -1)]
    public void An_option_that_cannot_be_is_named_with_its_value(string option, int value)
    {
        var options = option switch
        {
            nameof(PoolOptions.SlabBytes) => new PoolOptions { Name = "shots", SlabBytes = value },
            nameof(PoolOptions.Alignment) => new PoolOptions { Name = "shots", Alignment = value },
            nameof(PoolOptions.InitialSlots) => new PoolOptions { Name = "shots", InitialSlots = value },
            _ => new PoolOptions { Name = "shots", MaximumSlots = value },
        };
        var error = Assert.Throws<ArgumentException>(() => new Pool<Line64>(_arena, options));
        Assert.Contains($"'shots': PoolOptions.{option} is {value}; give", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_would_have_no_effect_is_refused_by_its_name()
    {
        var options = new PoolOptions { Name = "shots", SlabBytes = 8192 };
        var error = Assert.Throws<ArgumentException>(() => new SharedPool<Line64>(_arena, options));
        Assert.Contains("'shots': PoolOptions.SlabBytes is 8192; give 0", error.Message, StringComparison.Ordinal);
        options = new PoolOptions { Name = "shots", Alignment = 64 };
        error = Assert.Throws<ArgumentException>(() => new DenseHandleMap<Line64>(_arena, options));
        Assert.Contains("'shots': PoolOptions.Alignment is 64; give 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_arena_is_refused() => Assert.Throws<ArgumentNullException>(() => new Pool<Line64>(null!));

    [Fact]
    public void A_pool_that_cannot_have_its_initial_slots_leaves_nothing_behind()
    {
        using var small = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = 1 << 20 });
        Assert.Throws<ArenaOutOfMemoryException>(
            () => new Pool<Line64>(small, new PoolOptions { InitialSlots = 1 << 20 }));
        Assert.Equal(0u, small.LentBytes);
    }

    [Fact]
    public void Want_of_memory_leaves_the_pool_as_it_was()
    {
        using var small = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = 1 << 20 });
        using var pool = new Pool<Line64>(small);
        var slots = new List<nint>();
        while (pool.TryAllocate(out var slot))
            slots.Add((nint)slot);
        Assert.Equal(pool.SlotCount, slots.Count);
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => { pool.Allocate(); });
        Assert.Contains("arena 'small'", error.Message, StringComparison.Ordinal);
        Assert.Equal(slots.Count, pool.LiveCount);
        PoolTests.FreeAll(pool, [.. slots]);
        Assert.Equal(0, pool.LiveCount);
    }

    private void AllRefused(Line64* slot)
    {
        Assert.Throws<ObjectDisposedException>(() => { _pool.Allocate(); });
        Assert.Throws<ObjectDisposedException>(() => { _pool.TryAllocate(out _); });
        Assert.Throws<ObjectDisposedException>(() => _pool.Free(slot));
        Assert.Throws<ObjectDisposedException>(_pool.Clear);
        Assert.Throws<ObjectDisposedException>(() => _pool.Reserve(1));
        Assert.Throws<ObjectDisposedException>(() => _pool.Trim());
        Assert.Throws<ObjectDisposedException>(() => _pool.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => { _pool.GetEnumerator(); });
        Assert.Contains("disposed", _pool.ToString(), StringComparison.Ordinal);
        _pool.Dispose();
    }

    private void Refuses(Line64* slot, string why) => Refuses(_pool, slot, why);

    private static void Refuses<T>(Pool<T> pool, T* slot, string why)
        where T : unmanaged
    {
        var before = pool.LiveCount;
        var error = Assert.Throws<InvalidFreeException>(() => pool.Free(slot));
        Assert.Equal((nuint)slot, error.Address);
        Assert.Contains("pool 'shots' in arena 'test'", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, pool.LiveCount);
    }
}
