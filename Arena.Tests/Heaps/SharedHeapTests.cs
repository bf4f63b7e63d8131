using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Heaps;

public sealed unsafe class SharedHeapTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly SharedHeap _heap;

    public SharedHeapTests() => _heap = new SharedHeap(_arena, "job heap");

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(16u)]
    [InlineData(64u)]
    [InlineData(4096u)]
    [InlineData(65536u)]
    [InlineData(1u << 20)]
    public void Alignments_are_kept_whoever_frees(uint alignment)
    {
        foreach (var bytes in new nuint[] { 0, 1, 100, 5000, 70_000, 300_000 })
        {
            var address = (nint)_heap.Allocate(bytes, alignment);
            Assert.Equal(0u, (nuint)address % Math.Max(16, alignment));
            Assert.InRange(_heap.UsableBytes((void*)address), Math.Max(bytes, 1), nuint.MaxValue);
            OtherThread.Run(() => _heap.Free((void*)address));
        }
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void A_request_that_cannot_be_served_is_out_of_memory_and_changes_nothing()
    {
        Assert.False(_heap.TryAllocate(nuint.MaxValue, 16, out var nothing));
        Assert.True(nothing == null);
        Assert.False(_heap.TryAllocateZeroed(nuint.MaxValue, 16, out _));
        Assert.False(_heap.TryAllocate(16, (nuint)1 << 62, out _));
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => { _heap.Allocate(nuint.MaxValue / 2); });
        Assert.Contains("shared heap 'job heap' in arena 'test'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => { _heap.Allocate(16, 24); });
        Assert.Throws<ArgumentException>(() => _heap.TryAllocate(16, 24, out _));
        Assert.Throws<ArgumentException>(() => { _heap.Local().Allocate(16, 24); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _heap.TrimStep(-1); });
        var kept = _heap.Allocate(100);
        *(long*)kept = 42;
        Assert.Throws<ArenaOutOfMemoryException>(() => { _heap.Reallocate(kept, nuint.MaxValue / 2); });
        Assert.False(_heap.TryReallocate(kept, nuint.MaxValue / 2, out _));
        Assert.Equal(42, *(long*)kept);
        Assert.Equal(1, _heap.LiveCount);
        _heap.Free(kept);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bad_frees_are_refused_on_any_thread_and_change_nothing(bool onOtherThread)
    {
        using var other = new SharedHeap(_arena, "other");
        var slot = (nint)_heap.Allocate(100);
        var extent = (nint)_heap.Allocate(5000);
        var block = (nint)_heap.Allocate(1 << 20);
        var foreign = new[] { (nint)other.Allocate(100), (nint)_arena.Allocate(4096).Address };
        Play(onOtherThread, () =>
        {
            long local = 0;
            foreach (var bad in new[]
            {
                slot + 1, slot + 16, slot + 112, extent + 16, block + 1, block + 4096, (nint)(&local), 1, foreign[0],
                foreign[1], slot & ~(nint)((2 << 20) - 1),
            })
            {
                var error = Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)bad));
                Assert.Equal((nuint)bad, error.Address);
                Assert.Contains("shared heap 'job heap' in arena 'test'", error.Message, StringComparison.Ordinal);
                Assert.Throws<InvalidFreeException>(() => _heap.UsableBytes((void*)bad));
                Assert.Throws<InvalidFreeException>(() => { _heap.Reallocate((void*)bad, 10); });
            }
            _heap.Free(null);
            Assert.Equal(0u, _heap.UsableBytes(null));
            Assert.Equal(3, _heap.LiveCount);
            foreach (var live in new[] { slot, extent, block })
                _heap.Free((void*)live);
        });
        Assert.Equal(0, _heap.LiveCount);
        foreach (var gone in new[] { slot, extent, block })
        {
            Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)gone));
            Assert.Throws<InvalidFreeException>(() => _heap.UsableBytes((void*)gone));
            OtherThread.Run(() => Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)gone)));
        }
        _heap.Trim();
        Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)slot));
    }

    [Fact]
    public void A_place_that_another_thread_freed_is_pending_until_its_owner_looks()
    {
        var address = (nint)_heap.Allocate(64);
        var neighbour = (nint)_heap.Allocate(64);
        OtherThread.Run(() => _heap.Free((void*)address));
        var error = Assert.Throws<InvalidFreeException>(
            () => OtherThread.Run(() => _heap.Free((void*)address)));
        Assert.Contains("another thread has freed it already", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)address));
        Assert.Equal(1, _heap.LiveCount);
        Assert.Equal(64u, _heap.LiveBytes);
        for (var i = 0; i < 10_000; i++)
        {
            var next = (nint)_heap.Allocate(64);
            Assert.NotEqual(neighbour, next);
            if (next == address)
                return;
        }
        Assert.Fail("The place never came back.");
    }

    [Fact]
    public void A_place_that_its_owner_and_another_thread_freed_at_once_is_reported_and_not_handed_out_before()
    {
        // Magazines of both classes, for the fast paths.
        for (var round = 0; round < 4; round++)
            Churn(new nint[100]);
        var address = (nint)_heap.Allocate(64);
        var extent = (nint)_heap.Allocate(600);
        foreach (var twice in new[] { address, extent })
        {
            // This is what another thread does in the middle of a free, before it notifies the owner.
            var segment = (Segment*)(twice & ~(nint)(Segment.LargestBytes - 1));
            var offset = (nuint)twice - (nuint)segment;
            *segment->Owner = 0;
            Assert.Equal(RemoteFreeResult.Done, RemoteFrees.Free<ManyThreads>(
                Segment.LiveWord(segment, offset), Segment.PendingWord(segment, offset),
                segment->GranuleOf((void*)twice)));
            _heap.Free((void*)twice);
            var others = _heap.LiveCount;
            // The slow path looks for pending frees; the fast path would do so only after a notification.
            *segment->Owner = FastPath.Pending;
            var bytes = twice == address ? 64u : 600u;
            var error = Assert.Throws<InvalidFreeException>(() => { _heap.Allocate(bytes); });
            Assert.Equal((nuint)twice, error.Address);
            Assert.Contains("freed it at the same time", error.Message, StringComparison.Ordinal);
            var places = Enumerable.Range(0, 500).Select(_ => (nint)_heap.Allocate(bytes)).ToArray();
            Assert.Equal(places.Length, places.Distinct().Count());
            // An extent's place may be allocated again from a little before it on, if there was a gap.
            Assert.Contains(places, place => Math.Abs(place - twice) < (int)bytes);
            Assert.Equal(others + places.Length, _heap.LiveCount);
            foreach (var place in places)
                _heap.Free((void*)place);
        }
    }

    [Fact]
    public void A_reallocation_by_another_thread_keeps_the_contents_and_frees_the_place()
    {
        foreach (var (before, after) in new[] { (100, 1000), (5000, 20), (6000, 7000), (300_000, 400_000), (400, 390) })
        {
            var old = (nint)_heap.Allocate((nuint)before);
            new Span<byte>((void*)old, before).Fill(7);
            var moved = OtherThread.Run(() => (nint)_heap.Reallocate((void*)old, (nuint)after));
            Assert.False(new Span<byte>((void*)moved, Math.Min(before, after)).ContainsAnyExcept((byte)7));
            Assert.Equal(1, _heap.LiveCount);
            if (moved != old)
                Assert.Throws<InvalidFreeException>(() => _heap.Free((void*)old));
            _heap.Free((void*)moved);
        }
        Assert.True(_heap.Reallocate(null, 10) != null);
    }

    [Fact]
    public void Zeroed_memory_is_zero_on_every_thread()
    {
        for (var round = 0; round < 2; round++)
        {
            OtherThread.Run(() =>
            {
                foreach (var bytes in stackalloc[] { 1, 64, 5000, 200_000, 300_000 })
                {
                    var address = _heap.AllocateZeroed((nuint)bytes);
                    Assert.False(new Span<byte>(address, bytes).ContainsAnyExcept((byte)0));
                    new Span<byte>(address, bytes).Fill(1);
                    Assert.True(_heap.TryAllocateZeroed((nuint)bytes, 64, out var other));
                    Assert.False(new Span<byte>(other, bytes).ContainsAnyExcept((byte)0));
                    new Span<byte>(other, bytes).Fill(1);
                    _heap.Free(address);
                    _heap.Free(other);
                }
            });
        }
    }

    [Fact]
    public void The_table_and_the_numbers_are_of_all_threads()
    {
        var addresses = new List<nint> { (nint)_heap.Allocate(100), (nint)_heap.Allocate(1 << 20) };
        foreach (var bytes in new nuint[] { 40, 9000 })
            addresses.Add(OtherThread.Run(() => (nint)_heap.Allocate(bytes)));
        var seen = new List<nint>();
        foreach (var allocation in _heap.Allocations())
            seen.Add((nint)allocation.Address);
        Assert.Equal(addresses.Order(), seen);
        var fragmentation = _heap.Fragmentation(new SizeClassUse[Arena.Pools.Heap.SizeClassCount]);
        Assert.Equal((4, _heap.LiveBytes), (fragmentation.LiveCount, fragmentation.LiveBytes));
        Assert.Equal(_heap.CommittedBytes, fragmentation.CommittedBytes);
        Assert.Equal(_arena.LentBytes, _heap.CommittedBytes);
        Assert.Throws<ArgumentException>(() => _heap.Fragmentation(new SizeClassUse[3]));
        Assert.Contains("4 live allocations", _heap.ToString(), StringComparison.Ordinal);
        Assert.Contains("parts of 2 threads", _heap.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("START", AllocationTable.Render(_heap), StringComparison.Ordinal);
        foreach (var allocation in _heap.Allocations())
            _heap.Free(allocation.Address);
        Assert.Equal((0, (nuint)0), (_heap.LiveCount, _heap.LiveBytes));
    }

    [Fact]
    public void A_local_view_serves_and_frees_what_any_thread_made()
    {
        var foreign = OtherThread.Run(() => (nint)_heap.Allocate(100));
        var local = _heap.Local();
        var addresses = stackalloc void*[1000];
        for (var i = 0; i < 1000; i++)
            addresses[i] = local.Allocate((nuint)i * 50);
        Assert.True(local.TryAllocate(100, 64, out var aligned));
        Assert.Equal(0u, (nuint)aligned % 64);
        Assert.False(local.TryAllocate(nuint.MaxValue, 16, out _));
        Assert.Equal(1002, _heap.LiveCount);
        for (var i = 0; i < 1000; i++)
            local.Free(addresses[i]);
        local.Free(aligned);
        local.Free((void*)foreign);
        local.Free(null);
        Assert.Equal(0, _heap.LiveCount);
        var slot = (nint)addresses[1];
        Assert.Throws<InvalidFreeException>(() => _heap.Local().Free((void*)slot));
        Assert.Throws<ArenaOutOfMemoryException>(() => { _heap.Local().Allocate(nuint.MaxValue); });
    }

    [Fact]
    public void A_local_view_kept_beyond_Dispose_is_refused_and_touches_no_memory_of_others()
    {
        var local = _heap.Local();
        var address = local.Allocate(100);
        local.Free(local.Allocate(100)); // a place waits in its magazine
        _heap.Dispose();
        var pages = _arena.Allocate(16 << 20);
        var bytes = new Span<byte>(pages.Address, 16 << 20);
        bytes.Fill(0xA5);
        Assert.InRange((nuint)address, (nuint)pages.Address, (nuint)pages.Address + (16 << 20));
        for (var round = 0; round < 2; round++)
        {
            GC.Collect();
            RefuseAllocating(local);
            RefuseFreeing(local, address);
        }
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0xA5));
    }

    [Fact]
    public void Disposing_with_live_allocations_reports_them_and_later_calls_are_refused()
    {
        LeakNotice? notice = null;
        _arena.LeaksFound += leak => notice ??= leak;
        var address = (nint)_heap.Allocate(100);
        var other = OtherThread.Run(() => (nint)_heap.Allocate(1 << 20));
        _heap.Dispose();
        Assert.NotNull(notice);
        Assert.Equal(("shared heap", 2, (nuint)(112 + (1 << 20))), (notice.Kind, notice.LiveCount, notice.LiveBytes));
        Assert.Contains((nuint)address, notice.FirstAddresses);
        Assert.Contains((nuint)other, notice.FirstAddresses);
        Assert.Equal(0u, _arena.LentBytes);
        // Twice: what a thread remembers from the first refusal must not be the part that is gone.
        for (var round = 0; round < 2; round++)
        {
            Assert.Throws<ObjectDisposedException>(() => { _heap.Allocate(1); });
            Assert.Throws<ObjectDisposedException>(() => _heap.TryAllocate(1, 16, out _));
            Assert.Throws<ObjectDisposedException>(() => { _heap.AllocateZeroed(1); });
            Assert.Throws<ObjectDisposedException>(() => { _heap.Reallocate((void*)address, 1); });
            Assert.Throws<ObjectDisposedException>(() => _heap.Free((void*)address));
            Assert.Throws<ObjectDisposedException>(() => _heap.UsableBytes((void*)address));
            Assert.Throws<ObjectDisposedException>(() => _heap.LiveCount);
            Assert.Throws<ObjectDisposedException>(() => _heap.LiveBytes);
            Assert.Throws<ObjectDisposedException>(() => { _heap.Allocations(); });
            Assert.Throws<ObjectDisposedException>(() => { _heap.Local(); });
            Assert.Throws<ObjectDisposedException>(() => { _heap.Trim(); });
            Assert.Throws<ObjectDisposedException>(() => { _heap.TrimStep(1); });
            Assert.Throws<ObjectDisposedException>(() => _heap.Fragmentation());
        }
        Assert.Equal((0u, 0), ((uint)_heap.CommittedBytes, _heap.PartCount));
        Assert.Equal("shared heap 'job heap' (disposed)", _heap.ToString());
        _heap.Dispose();
    }

    [Fact]
    public void Names_and_arenas_are_checked()
    {
        Assert.Throws<ArgumentNullException>(() => new SharedHeap(null!));
        Assert.Throws<ArgumentException>(() => new SharedHeap(_arena, " "));
        using var tiny = new PageArena(new PageArenaOptions { Name = "tiny", ReserveBytes = 4096, BudgetBytes = 4096 });
        Assert.Throws<ArenaOutOfMemoryException>(() => new SharedHeap(tiny));
        Assert.Equal(0u, tiny.LentBytes);
    }

    [Fact]
    public void The_steady_state_makes_no_garbage()
    {
        var slots = new nint[2000];
        Assert.Equal(0, Garbage.Of(() => Churn(slots)));
        // Frees by a thread that owns none of it, and taking them back.
        using var other = new OtherThread();
        Assert.Equal(0, Garbage.Of(() => other.Call(() => Fill(slots)), () => Empty(slots)));
        Assert.Equal(0, Garbage.Of(() => other.Call(() => Empty(slots)), () => Fill(slots)));
    }

#if DEBUG
    [Fact]
    public void A_walk_that_another_thread_disturbs_is_seen_in_Debug()
    {
        var address = (nint)_heap.Allocate(100);
        Disturb(() => { });
        Assert.ThrowsAny<Exception>(() => Disturb(() => _heap.Free(_heap.Allocate(8))));
        Assert.ThrowsAny<Exception>(() => Disturb(() => _heap.Local().Allocate(8)));
        Assert.ThrowsAny<Exception>(() => Disturb(() => _heap.Trim()));
        var error = Assert.ThrowsAny<Exception>(() => Disturb(() => _heap.Free((void*)address)));
        Assert.Contains("another thread was inside it", error.Message, StringComparison.Ordinal);
    }

    private void Disturb(Action act)
    {
        var walk = _heap.Allocations();
        walk.MoveNext();
        OtherThread.Run(act);
        while (walk.MoveNext())
        {
        }
    }
#endif

    private static void Play(bool onOtherThread, Action act)
    {
        if (onOtherThread)
            OtherThread.Run(act);
        else
            act();
    }

    private static void RefuseAllocating(LocalHeap local)
    {
        try
        {
            local.Allocate(100);
        }
        catch (ObjectDisposedException)
        {
            return;
        }
        Assert.Fail("It allocated.");
    }

    private static void RefuseFreeing(LocalHeap local, void* address)
    {
        try
        {
            local.Free(address);
        }
        catch (ObjectDisposedException)
        {
            return;
        }
        Assert.Fail("It freed.");
    }

    private void Churn(nint[] slots)
    {
        Fill(slots);
        Empty(slots);
    }

    private void Fill(nint[] slots)
    {
        for (var i = 0; i < slots.Length; i++)
            slots[i] = (nint)_heap.Allocate((nuint)(i % 3 == 0 ? 600 : i * 7 % 5000));
    }

    private void Empty(nint[] slots)
    {
        foreach (ref var slot in slots.AsSpan())
        {
            _heap.Free((void*)slot);
            slot = 0;
        }
    }
}
