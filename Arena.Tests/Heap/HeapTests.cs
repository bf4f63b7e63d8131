using Arena.Pools;

namespace Arena.Tests.Pools;

public sealed unsafe class HeapTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly Heap _heap;

    public HeapTests() => _heap = new Heap(_arena, "mesh heap");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Every_class_wastes_less_than_an_eighth_beyond_its_first_hundred_bytes()
    {
        for (nuint bytes = 0; bytes <= SizeClasses.LargestBytes; bytes = bytes < 2000 ? bytes + 1 : bytes + 61)
        {
            var granted = (nuint)SizeClasses.BytesOf(SizeClasses.ClassOf(bytes));
            Assert.True(granted >= bytes);
            var step = Math.Max(16, Math.Max(granted / 8, granted > SizeClasses.TableBytes ? 4096u : 0));
            Assert.True(granted - bytes < step || bytes == 0, $"{bytes} bytes take {granted}");
            Assert.Equal(0u, granted % 16);
        }
    }

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
    public void What_cannot_be_served_is_want_of_memory_and_changes_nothing()
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
        var before = GC.GetAllocatedBytesForCurrentThread();
        Churn(slots);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Disposing_with_live_allocations_tells_them()
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
