using Arena.Pools;

namespace Arena.Tests.Heaps;

public sealed unsafe class HeapTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly Heap _heap;

    public HeapTests() => _heap = new Heap(_arena, "mesh heap");

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(16u)]
    [InlineData(4096u)]
    [InlineData(65536u)]
    [InlineData(1u << 20)]
    public void Alignments_are_kept(uint alignment)
    {
        foreach (var bytes in new nuint[] { 0, 1, 100, 5000, 70_000, 300_000 })
        {
            var address = _heap.Allocate(bytes, alignment);
            Assert.Equal(0u, (nuint)address % Math.Max(16, alignment));
            _heap.Free(address);
        }
    }

    [Fact]
    public void A_request_that_cannot_be_served_is_out_of_memory_and_changes_nothing()
    {
        Assert.False(_heap.TryAllocate(nuint.MaxValue, 16, out var nothing));
        Assert.True(nothing == null);
        Assert.False(_heap.TryAllocate(16, (nuint)1 << 62, out _));
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => { _heap.Allocate(nuint.MaxValue / 2); });
        Assert.Contains("heap 'mesh heap' in arena 'test'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => { _heap.Allocate(16, 24); });
        Assert.Throws<ArgumentException>(() => _heap.TryAllocate(16, 24, out _));
        var kept = _heap.Allocate(100);
        *(long*)kept = 42;
        Assert.Throws<ArenaOutOfMemoryException>(() => { _heap.Reallocate(kept, nuint.MaxValue / 2); });
        Assert.Equal(42, *(long*)kept);
        Assert.Equal(1, _heap.LiveCount);
        _heap.Free(kept);
    }

    [Fact]
    public void Bad_frees_are_refused_and_change_nothing()
    {
        using var other = new Heap(_arena, "other");
        var slot = (byte*)_heap.Allocate(100);
        var block = (byte*)_heap.Allocate(1 << 20);
        long local = 0;
        foreach (var bad in new nint[]
        {
            (nint)(slot + 1), (nint)(slot + 16), (nint)(slot + 112), (nint)(block + 1), (nint)(block + 4096),
            (nint)(&local), 1, (nint)other.Allocate(100), (nint)other.Allocate(1 << 20),
            (nint)_arena.Allocate(4096).Address,
        })
        {
            var error = Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)bad));
            Assert.Equal((nuint)bad, error.Address);
            Assert.Throws<InvalidFreeException>(() => _heap.UsableBytes((void*)bad));
            Assert.Throws<InvalidFreeException>(() => { _heap.Reallocate((void*)bad, 10); });
        }
        Assert.Equal(2, _heap.LiveCount);
        _heap.Free(null);
        _heap.Free(slot);
        _heap.Free(block);
        Assert.Throws<InvalidFreeException>(() => _heap.Free(slot));
        Assert.Throws<InvalidFreeException>(() => _heap.Free(block));
        _heap.Trim();
        Assert.Throws<InvalidFreeException>(() => _heap.Free(slot));
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void A_large_block_grows_and_shrinks_in_place_while_the_pages_behind_it_are_free()
    {
        var block = (byte*)_heap.Allocate(1 << 20);
        new Span<byte>(block, 1 << 20).Fill(7);
        Assert.True(_heap.Reallocate(block, 3 << 20) == block);
        Assert.Equal((nuint)(3 << 20), _heap.UsableBytes(block));
        Assert.True(_heap.Reallocate(block, 300_000) == block);
        Assert.InRange(_heap.UsableBytes(block), 300_000u, 304_000u);
        Assert.False(new Span<byte>(block, 300_000).ContainsAnyExcept((byte)7));
        var behind = _heap.Allocate(1 << 20);
        Assert.True(_heap.Reallocate(block, 8 << 20) != block);
        _heap.Free(behind);
    }

    [Fact]
    public void A_slot_stays_in_place_while_half_of_it_is_used()
    {
        var slot = _heap.Allocate(1000);
        Assert.True(_heap.Reallocate(slot, 1024) == slot);
        Assert.True(_heap.Reallocate(slot, 513) == slot);
        var moved = _heap.Reallocate(slot, 100);
        Assert.True(moved != slot);
        Assert.Throws<InvalidFreeException>(() => _heap.Free(slot));
        _heap.Free(moved);
        Assert.True(_heap.Reallocate(null, 10) != null);
    }

    [Fact]
    public void An_extent_shrinks_where_it_lies_and_grows_into_the_gap_behind_it()
    {
        var extent = (byte*)_heap.Allocate(40_000);
        var behind = _heap.Allocate(40_000);
        new Span<byte>(extent, 10_000).Fill(9);
        Assert.True(_heap.Reallocate(extent, 10_000) == extent);
        Assert.InRange(_heap.UsableBytes(extent), 10_000u, 10_496u);
        Assert.True(_heap.Reallocate(extent, 40_000) == extent);
        Assert.True(_heap.Reallocate(extent, 40_960) == extent);
        Assert.True(_heap.Reallocate(extent, 300) == extent);
        Assert.True(_heap.Reallocate(extent, 256) != extent);
        _heap.Free(behind);
        var grown = (byte*)_heap.Allocate(600);
        new Span<byte>(grown, 600).Fill(9);
        while (_heap.UsableBytes(grown) < 200_000)
        {
            var wanted = _heap.UsableBytes(grown) * 5 / 4;
            grown = (byte*)_heap.Reallocate(grown, wanted);
            Assert.False(new Span<byte>(grown, 600).ContainsAnyExcept((byte)9));
        }
    }

    [Theory]
    [InlineData(256u << 10)]
    [InlineData(1u << 20)]
    [InlineData(5u << 20)]
    public void A_small_arena_is_used_to_more_than_half_and_then_is_out_of_memory(uint reserveBytes)
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = reserveBytes });
        using var heap = new Heap(arena);
        nuint bytes = 0;
        while (heap.TryAllocate(200, 16, out var place))
        {
            new Span<byte>(place, 200).Fill(1);
            bytes += 200;
        }
        Assert.True(bytes > reserveBytes / 2 || reserveBytes <= 256 << 10, $"{bytes} of {reserveBytes}");
        Assert.True(bytes > 0);
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => { heap.Allocate(200); });
        Assert.Contains("a larger ReserveBytes helps", error.Message, StringComparison.Ordinal);
        foreach (var allocation in heap.Allocations())
            heap.Free(allocation.Address);
        Assert.Equal(0, heap.LiveCount);
        Assert.True(heap.TryAllocate(200, 16, out _));
    }

    [Fact]
    public void A_budget_limits_the_heap_and_freed_memory_is_available_again()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 3 << 20 });
        using var heap = new Heap(arena);
        var live = new List<nint>();
        while (heap.TryAllocate(3000, 16, out var place))
            live.Add((nint)place);
        Assert.InRange(live.Count * 3072u, (3u << 20) * 9 / 10, 3u << 20);
        // Every other one: the gaps are where the budget was spent, and nowhere else.
        for (var i = 0; i < live.Count; i += 2)
            heap.Free((void*)live[i]);
        for (var i = 0; i < live.Count; i += 2)
            Assert.True(heap.TryAllocate(3000, 16, out _));
        Assert.False(heap.TryAllocate(3000, 16, out _));
        heap.Free((void*)live[1]);
        Assert.True(heap.TryAllocate(64, 16, out _));
        Assert.True(arena.CommittedBytes <= arena.BudgetBytes);
    }

    [Fact]
    public void Trim_gives_everything_back_that_is_not_live()
    {
        var slots = Enumerable.Range(0, 50_000).Select(i => (nint)_heap.Allocate((nuint)(i % 3000))).ToArray();
        var full = _heap.CommittedBytes;
        foreach (var slot in slots)
            _heap.Free((void*)slot);
        var before = _arena.CommittedBytes;
        var trimmed = _heap.Trim() + _arena.Trim();
        Assert.True(trimmed > full * 9 / 10, $"{trimmed} of {full} bytes");
        Assert.Equal(before - trimmed, _arena.CommittedBytes);
    }

    [Fact]
    public void Objects_of_64_bytes_cost_less_than_one_byte_more()
    {
        var before = _heap.CommittedBytes;
        const int count = 500_000;
        for (var i = 0; i < count; i++)
            _heap.Allocate(64);
        var each = (double)(_heap.CommittedBytes - before) / count;
        Assert.InRange(each, 64, 65);
    }

    [Fact]
    public void The_steady_state_makes_no_garbage()
    {
        var slots = stackalloc void*[4000];
        Assert.Equal(0, Churn(slots));
        Assert.Equal(0, Garbage.Of(() => Churn(slots)));
    }

    [Fact]
    public void Disposing_with_live_allocations_reports_them()
    {
        LeakNotice? notice = null;
        _arena.LeaksFound += leak => notice ??= leak;
        var address = (nuint)_heap.Allocate(100);
        _heap.Allocate(1 << 20);
        _heap.Dispose();
        Assert.NotNull(notice);
        Assert.Equal(("heap", 2, (nuint)(112 + (1 << 20))), (notice.Kind, notice.LiveCount, notice.LiveBytes));
        Assert.Contains(address, notice.FirstAddresses);
        Assert.Equal(0u, _arena.LentBytes);
        Assert.Throws<ObjectDisposedException>(() => { _heap.Allocate(1); });
        Assert.Throws<ObjectDisposedException>(() => _heap.Free((void*)address));
        Assert.Throws<ObjectDisposedException>(() => _heap.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => { _heap.Allocations(); });
    }

    private int Churn(void** slots)
    {
        for (var i = 0; i < 4000; i++)
            slots[i] = _heap.Allocate((nuint)(i * 7 % 5000));
        var live = _heap.LiveCount;
        foreach (var allocation in _heap.Allocations())
            live--;
        for (var i = 0; i < 4000; i++)
            _heap.Free(slots[i]);
        return live;
    }
}
