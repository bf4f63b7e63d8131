using System.Runtime.CompilerServices;
using Arena.Pools;

namespace Arena.Tests.Pools;

public sealed unsafe class PoolTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void The_105th_inode_takes_the_next_three_pages()
    {
        using var pool = new Pool<Inode>(_arena, new PoolOptions { SlabBytes = 3 * 4096 });
        var last = default(Inode*);
        for (var i = 0; i < 104; i++)
        {
            var slot = pool.Allocate();
            Assert.True(i == 0 || slot == last + 1, "slots are handed out in address order, 117 bytes apart");
            last = slot;
        }
        Assert.Equal(1, pool.SlabCount);
        pool.Allocate();
        Assert.Equal(2, pool.SlabCount);
        Assert.Equal(105, pool.LiveCount);
        pool.Clear();
    }

    [Fact]
    public void Freeing_in_reverse_order_reuses_every_slot()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = 64 << 10 });
        var slots = Fill(pool, 3 * pool.Layout.SlotCount);
        for (var i = slots.Length - 1; i >= 0; i--)
            pool.Free((Line64*)slots[i]);
        Assert.Equal(slots.Order(), Fill(pool, slots.Length).Order());
        pool.Clear();
    }

    [Fact]
    public void A_new_slot_holds_what_was_there_before()
    {
        using var pool = new Pool<Line64>(_arena);
        var slot = pool.Allocate();
        slot->First = 42;
        pool.Free(slot);
        Assert.Equal(42, pool.Allocate()->First);
        pool.Clear();
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(16, 16)]
    [InlineData(64, 64)]
    [InlineData(4096, 4096)]
    [InlineData(65536, 65536)]
    public void Slots_are_aligned_as_asked(int alignment, int expected)
    {
        using var pool = new Pool<Pair>(_arena, new PoolOptions { Alignment = alignment, SlabBytes = 1 << 20 });
        for (var i = 0; i < 10; i++)
            Assert.Equal(0u, (nuint)pool.Allocate() % (nuint)expected);
        pool.Clear();
    }

    [Fact]
    public void Slots_are_walked_in_address_order_and_the_current_one_may_be_freed()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = Fill(pool, 5000);
        for (var i = 0; i < slots.Length; i += 3)
            pool.Free((Line64*)slots[i]);
        var seen = new List<nint>();
        foreach (ref var value in pool)
        {
            var slot = (Line64*)Unsafe.AsPointer(ref value);
            seen.Add((nint)slot);
            pool.Free(slot);
        }
        Assert.Equal(slots.Where((_, i) => i % 3 != 0).Order(), seen);
        Assert.Equal(0, pool.LiveCount);
        foreach (ref var value in pool)
            Assert.Fail($"slot {(nint)Unsafe.AsPointer(ref value):x} is still live");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16 << 10)]
    public void Reserved_slots_are_there_before_they_are_asked_for_and_stay(int slabBytes)
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { InitialSlots = 5000, SlabBytes = slabBytes });
        Assert.True(pool.SlotCount >= 5000);
        var (slabs, lent) = (pool.SlabCount, _arena.LentBytes);
        FreeAll(pool, Fill(pool, 5000));
        Assert.Equal((slabs, lent), (pool.SlabCount, _arena.LentBytes));
        Assert.True(pool.Trim() > 0);
        Assert.Equal(0, pool.SlabCount);
    }

    [Fact]
    public void The_slab_in_use_and_one_empty_slab_stay_and_the_others_go_back_to_the_arena()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = 64 << 10 });
        var slots = Fill(pool, 10 * pool.Layout.SlotCount);
        Assert.Equal(10, pool.SlabCount);
        FreeAll(pool, slots);
        // And the slab of the slot that is handed out next.
        Assert.InRange(pool.SlabCount, 1, 3);
        Assert.Equal(0, pool.LiveCount);
        Assert.Equal((nuint)(pool.SlabCount * pool.Layout.SlabBytes), _arena.LentBytes);
    }

    [Fact]
    public void A_pool_that_breathes_around_a_slab_boundary_does_not_trade_slabs()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = 64 << 10 });
        var slots = Fill(pool, 2 * pool.Layout.SlotCount);
        var changes = 0;
        var lent = _arena.LentBytes;
        for (var i = 0; i < 1000; i++)
        {
            // Two slots of the last slab but one make the pool go over to it and come back.
            pool.Free((Line64*)slots[^1]);
            pool.Free((Line64*)slots[^2]);
            var more = Fill(pool, 5);
            FreeAll(pool, more.AsSpan(2).ToArray());
            (slots[^1], slots[^2]) = (more[0], more[1]);
            changes += _arena.LentBytes == lent ? 0 : 1;
            lent = _arena.LentBytes;
        }
        Assert.Equal(1, changes);
        pool.Clear();
    }

    [Fact]
    public void Trim_gives_the_storage_of_empty_slabs_back()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = Fill(pool, 20_000);
        var committed = _arena.CommittedBytes;
        FreeAll(pool, slots.Skip(1).ToArray());
        var trimmed = pool.Trim() + _arena.Trim();
        Assert.True(trimmed >= 20_000 * 64 * 9 / 10, $"{trimmed} bytes");
        Assert.Equal(committed - trimmed, _arena.CommittedBytes);
        Assert.Equal(1, pool.LiveCount);
        pool.Free((Line64*)slots[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1016)]
    [InlineData(2500)]
    [InlineData(10_007)]
    public void The_maximum_is_exact(int maximum)
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { Name = "bullets", MaximumSlots = maximum });
        var slots = Fill(pool, maximum);
        Assert.Equal(maximum, pool.SlotCount);
        Assert.Equal(maximum, slots.Distinct().Count());
        Assert.False(pool.TryAllocate(out var none));
        Assert.True(none == null);
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => { pool.Allocate(); });
        Assert.Contains("'bullets'", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaximumSlots", error.Message, StringComparison.Ordinal);

        // A free slot makes room for exactly one, wherever it lies.
        foreach (var slot in new[] { slots[0], slots[maximum / 2], slots[maximum - 1] })
        {
            pool.Free((Line64*)slot);
            Assert.True(pool.TryAllocate(out var again));
            Assert.Equal(slot, (nint)again);
            Assert.False(pool.TryAllocate(out _));
        }
        Assert.Equal(maximum, pool.LiveCount);
        FreeAll(pool, slots);
        Assert.Equal(0, pool.LiveCount);
    }

    [Fact]
    public void Clear_frees_everything_and_keeps_the_slabs()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = Fill(pool, 5000);
        var slabs = pool.SlabCount;
        pool.Clear();
        Assert.Equal(0, pool.LiveCount);
        Assert.Equal(slabs, pool.SlabCount);
        Assert.Throws<InvalidFreeException>(() => pool.Free((Line64*)slots[7]));
        Assert.Equal(slots.Order(), Fill(pool, 5000).Order());
        pool.Clear();
    }

    [Fact]
    public void The_steady_state_makes_no_garbage()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = new nint[20_000];
        Churn(pool, slots);
        Assert.Equal(0, Garbage.Of(() => Churn(pool, slots)));
    }

    [Fact]
    public void Disposing_with_live_slots_reports_how_many_how_large_and_where()
    {
        LeakNotice? notice = null;
        _arena.LeaksFound += leak => notice = leak;
        var pool = new Pool<Line64>(_arena, new PoolOptions { Name = "ships" });
        var slots = Fill(pool, 12);
        pool.Free((Line64*)slots[0]);
        pool.Dispose();
        Assert.NotNull(notice);
        Assert.Equal(("pool", "ships", 11, (nuint)(11 * 64)),
            (notice.Kind, notice.AllocatorName, notice.LiveCount, notice.LiveBytes));
        Assert.Equal(slots.Skip(1).Take(8).Select(s => (nuint)s), notice.FirstAddresses);
    }

    [Fact]
    public void Disposing_an_empty_pool_reports_nothing_and_returns_all_pages()
    {
        var told = false;
        _arena.LeaksFound += _ => told = true;
        var pool = new Pool<Line64>(_arena);
        FreeAll(pool, Fill(pool, 3000));
        pool.Dispose();
        pool.Dispose();
        Assert.False(told);
        Assert.Equal(0u, _arena.LentBytes);
    }

    internal static nint[] Fill<T>(Pool<T> pool, int count)
        where T : unmanaged
    {
        var slots = new nint[count];
        for (var i = 0; i < count; i++)
            slots[i] = (nint)pool.Allocate();
        return slots;
    }

    internal static void FreeAll<T>(Pool<T> pool, nint[] slots)
        where T : unmanaged
    {
        foreach (var slot in slots)
            pool.Free((T*)slot);
    }

    private static void Churn(Pool<Line64> pool, nint[] slots)
    {
        for (var i = 0; i < slots.Length; i++)
            slots[i] = (nint)pool.Allocate();
        foreach (ref var value in pool)
            value.First++;
        for (var i = 0; i < slots.Length; i++)
            pool.Free((Line64*)slots[i]);
    }
}
