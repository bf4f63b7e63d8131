using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Guard;

/// <summary>Calls other than Allocate and Free, in a guarded arena.</summary>
public sealed unsafe class GuardedCallsTests : IDisposable
{
    private static readonly GuardOptions All = new() { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 20 };

    private readonly PageArena _arena = new(new PageArenaOptions { Name = "guarded", Guard = All });

    public void Dispose() => _arena.Dispose();

    public static TheoryData<string> OfAnySize => ["heap", "shared heap", "buddy"];

    [Theory]
    [MemberData(nameof(OfAnySize))]
    public void A_resize_always_moves_and_the_old_place_is_filled_and_waits(string kind)
    {
        var heap = Make(kind);
        foreach (var byteCount in new nuint[] { 40, 64, 3_000, 60_000 })
        {
            var old = (byte*)heap.Allocate(64);
            new Span<byte>(old, 64).Fill(7);
            var moved = (byte*)heap.Reallocate(old, byteCount);
            Assert.True(moved != old);
            Assert.Equal(-1, new Span<byte>(moved, (int)Math.Min(64, byteCount)).IndexOfAnyExcept((byte)7));
            Assert.Equal(-1, new Span<byte>(old, 64).IndexOfAnyExcept(GuardPattern.Freed));
            Assert.Equal(byteCount, heap.UsableBytes(moved));
            Assert.Throws<InvalidFreeException>(() => heap.Free(old));
            Assert.Throws<InvalidFreeException>(() => heap.UsableBytes(old));
            Assert.Throws<InvalidFreeException>(() => heap.Reallocate(old, 10));
            heap.Free(moved);
        }
        _arena.Verify();
    }

    [Theory]
    [MemberData(nameof(OfAnySize))]
    public void A_resize_of_what_is_damaged_changes_nothing_and_names_its_line(string kind)
    {
        var heap = Make(kind);
        var address = (byte*)heap.Allocate(64, 16, "Ship.cs", 41, "Fire");
        address[64] ^= 1;
        var damage = Assert.Throws<MemoryCorruptionException>(() => heap.Reallocate(address, 100));
        Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
        Assert.Equal((nuint)64, heap.UsableBytes(address));
        address[64] ^= 1;
        heap.Free(heap.Reallocate(address, 100));
    }

    [Theory]
    [MemberData(nameof(OfAnySize))]
    public void Alignments_hold_and_the_zone_in_front_is_that_large(string kind)
    {
        var heap = Make(kind);
        foreach (var alignment in new nuint[] { 16, 32, 64, 256, 4096 })
        {
            var address = (byte*)heap.Allocate(100, alignment);
            Assert.Equal(0u, (nuint)address % alignment);
            address[-(int)alignment] ^= 1;
            Assert.Throws<MemoryCorruptionException>(() => heap.Free(address));
            Assert.Throws<InvalidFreeException>(() => heap.Free(address));
            Assert.Throws<InvalidFreeException>(() => heap.Free(address - alignment));
        }
    }

    [Fact]
    public void Zeroed_memory_is_zero_and_a_place_of_nothing_has_an_address()
    {
        using var heap = new Heap(_arena);
        var zeroed = (byte*)heap.AllocateZeroed(1_000);
        Assert.Equal(-1, new Span<byte>(zeroed, 1_000).IndexOfAnyExcept((byte)0));
        var (first, second) = ((nint)heap.Allocate(0), (nint)heap.Allocate(0));
        Assert.NotEqual(first, second);
        *(byte*)first ^= 1;
        Assert.Throws<MemoryCorruptionException>(() => heap.Free((void*)first));
        heap.Free((void*)second);
        heap.Free(zeroed);
        Assert.False(heap.TryAllocate(nuint.MaxValue, 16, out _));
    }

    [Fact]
    public void Walks_counts_and_the_table_show_what_is_live_at_the_addresses_of_users()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<long>(_arena);
        using var buddy = new BuddyAllocator(_arena, 1 << 20);
        using var tracker = LeakTracker.Attach(_arena);
        List<nint> live = [];
        foreach (var byteCount in new nuint[] { 10, 700, 300_000 })
        {
            live.Add((nint)heap.Allocate(byteCount));
            heap.Free(heap.Allocate(byteCount));
            buddy.Free(buddy.Allocate(byteCount));
            pool.Free(pool.Allocate());
        }
        List<nint> shown = [];
        foreach (var allocation in heap.Allocations())
            shown.Add((nint)allocation.Address);
        Assert.Equal(live.Order(), shown);
        Assert.Equal((3, (nuint)300_710), (heap.LiveCount, heap.LiveBytes));
        var slot = pool.Allocate();
        *slot = 5;
        foreach (ref var value in pool)
            Assert.Equal(5, value);
        Assert.True(pool.Contains(slot));
        pool.Free(slot);
        Assert.False(pool.Contains(slot));
        Assert.Equal((0, 0, 0u), (pool.LiveCount, buddy.LiveCount, buddy.LiveBytes));
        Assert.Equal((3, 300_710u), (tracker.Report().LiveCount, tracker.Report().LiveBytes));
        heap.Clear();
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void A_use_after_Clear_is_found_and_names_the_call()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<Wide>(_arena);
        var address = (byte*)heap.Allocate(64, 16, "Ship.cs", 41, "Fire");
        var slot = (byte*)pool.Allocate("Ship.cs", 42, "Fire");
        heap.Clear();
        pool.Clear();
        Assert.Equal((0, 0), (heap.LiveCount, pool.LiveCount));
        foreach (var (place, line) in new[] { ((nint)address, 41), ((nint)slot, 42) })
        {
            ((byte*)place)[3] ^= 1;
            var damage = Assert.Throws<MemoryCorruptionException>(_arena.Verify);
            Assert.Equal($"Ship.cs:{line} (Fire)", damage.AllocatedAt);
            Assert.Contains("freed at a call of Clear", damage.Message, StringComparison.Ordinal);
            ((byte*)place)[3] ^= 1;
        }
        Assert.Throws<InvalidFreeException>(() => heap.Free(address));
        Assert.Throws<InvalidFreeException>(() => pool.Free((Wide*)slot));
    }

    [Fact]
    public void Damage_that_Clear_finds_is_thrown_once_everything_is_freed()
    {
        using var pool = new Pool<Wide>(_arena);
        var slots = new nint[200];
        pool.AllocateRange(slots);
        ((byte*)slots[100])[sizeof(Wide)] ^= 1;
        Assert.Throws<MemoryCorruptionException>(pool.Clear);
        Assert.Equal(0, pool.LiveCount);
    }

    [Fact]
    public void A_trim_takes_what_waits_along_and_what_was_filled_is_forgotten()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<Wide>(_arena);
        using var shared = new SharedHeap(_arena);
        var addresses = new nint[2_000];
        for (var round = 0; round < 3; round++)
        {
            heap.AllocateRange(1_000, addresses);
            heap.FreeRange(addresses);
            pool.AllocateRange(addresses);
            pool.FreeRange(addresses);
            shared.AllocateRange(1_000, addresses);
            shared.FreeRange(addresses);
            Assert.True(heap.Trim() > 0);
            Assert.True(pool.Trim() > 0);
            Assert.True(shared.Trim() > 0);
            _arena.Trim();
            _arena.Verify();
        }
    }

    [Fact]
    public void A_trim_between_live_neighbours_takes_pages_and_leaves_their_zones()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<Wide>(_arena);
        var (kept, freed) = (new List<nint>(), new List<nint>());
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 12_000; i++)
            {
                var isKept = i % (2_000 + round) == 0;
                (isKept ? kept : freed).Add((nint)heap.Allocate(100));
                (isKept ? kept : freed).Add((nint)pool.Allocate());
            }
            foreach (var address in freed)
            {
                if (pool.Contains((Wide*)address))
                    pool.Free((Wide*)address);
                else
                    heap.Free((void*)address);
            }
            freed.Clear();
            Assert.True(heap.Trim() > 0);
            Assert.True(pool.Trim() > 0);
            _arena.Verify();
        }
        _arena.IgnoreLeaks = true;
    }

    [Fact]
    public void A_write_after_free_to_any_byte_of_a_maps_value_is_found()
    {
        using var bytes = new HandleMap<byte>(_arena);
        using var numbers = new HandleMap<int>(_arena);
        using var wide = new HandleMap<Wide>(_arena);
        Check(bytes);
        Check(numbers);
        Check(wide);

        void Check<T>(HandleMap<T> map)
            where T : unmanaged
        {
            for (var i = 0; i < sizeof(T); i++)
            {
                var handle = map.Allocate(default, "Ship.cs", 41, "Fire");
                Assert.True(map.TryGet(handle, out var value));
                Assert.True(map.Free(handle, "Ship.cs", 88, "Sink"));
                _arena.Verify();
                ((byte*)value)[i] ^= 1;
                var damage = Assert.Throws<MemoryCorruptionException>(_arena.Verify);
                Assert.Equal(
                    ("Ship.cs:41 (Fire)", "Ship.cs:88 (Sink)"), (damage.AllocatedAt, damage.FreedAt));
                ((byte*)value)[i] ^= 1;
            }
        }
    }

    [Fact]
    public void A_damaged_value_of_a_map_throws_from_Free_and_the_handle_is_stale_then()
    {
        using var map = new HandleMap<byte>(_arena);
        for (var i = -4; i < 0; i++)
        {
            var handle = map.Allocate(9, "Ship.cs", 41, "Fire");
            Assert.True(map.TryGet(handle, out var value));
            // The generation lies in front of the value.
            value[i] ^= 0x40;
            Assert.False(map.TryGet(handle, out _));
            Assert.Throws<MemoryCorruptionException>(_arena.Verify);
            Assert.Throws<MemoryCorruptionException>(() => map[handle]);
            var damage = Assert.Throws<MemoryCorruptionException>(() => map.Free(handle));
            Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
            Assert.Equal(0, map.LiveCount);
            Assert.False(map.Free(handle));
            _arena.Verify();
        }
        var next = map.Allocate(9);
        Assert.True(map.TryGet(next, out var overrun));
        overrun[1] ^= 1; // Padding of the slot.
        overrun[4] ^= 1;
        Assert.Throws<MemoryCorruptionException>(() => map.Free(next));
    }

    [Fact]
    public void A_dense_map_keeps_its_order_when_a_free_throws()
    {
        using var map = new DenseHandleMap<int>(_arena);
        var handles = Enumerable.Range(0, 10).Select(i => map.Allocate(i)).ToArray();
        Assert.True(map.Free(handles[3]));
        Assert.False(map.Free(handles[3]));
        Assert.Equal([0, 1, 2, 9, 4, 5, 6, 7, 8], map.AsSpan().ToArray());
        Assert.Equal(9, map[handles[9]]);
        map.Clear();
        Assert.Equal(0, map.LiveCount);
        _arena.Verify();
    }

    [Fact]
    public void A_frame_that_ended_or_was_rewound_is_filled()
    {
        using var frames = new FrameAllocator(_arena, 4096, buffers: 2);
        var kept = frames.AllocateSpan<int>(10);
        kept.Fill(1);
        frames.NextFrame();
        Assert.Equal(1, kept[9]);
        frames.NextFrame();
        Assert.Equal(unchecked((int)0xDFDFDFDF), kept[9]);
        var mark = frames.Mark();
        var rewound = frames.AllocateSpan<int>(100_000);
        rewound.Fill(2);
        frames.Rewind(mark);
        Assert.Equal(unchecked((int)0xDFDFDFDF), rewound[99_999]);
    }

    [Fact]
    public void Freed_allocations_wait_as_many_frames_as_they_are_to()
    {
        using var arena = new PageArena(
            new PageArenaOptions { Guard = new GuardOptions { QuarantineBytes = 0, QuarantineFrames = 3 } });
        using var frames = new FrameAllocator(arena);
        using var pool = new Pool<Wide>(arena);
        var slot = pool.Allocate();
        pool.Free(slot);
        for (var frame = 0; frame < 3; frame++)
        {
            frames.NextFrame();
            var next = pool.Allocate();
            Assert.True(next != slot);
            if (frame == 2)
                pool.Free(next);
        }
        Assert.True(pool.Allocate() == slot);
        arena.IgnoreLeaks = true;
    }

    [Fact]
    public void What_waits_gives_way_before_an_allocation_fails()
    {
        var guard = new GuardOptions { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 30 };
        using var arena = new PageArena(new PageArenaOptions { Guard = guard, BudgetBytes = 4 << 20 });
        using var heap = new Heap(arena);
        using var pool = new Pool<Wide>(arena, new PoolOptions { MaximumSlots = 10 });
        using var buddy = new BuddyAllocator(arena, 1 << 16);
        for (var i = 0; i < 1_000; i++)
        {
            heap.Free(heap.Allocate(20_000));
            pool.Free(pool.Allocate());
            buddy.Free(buddy.Allocate(1_000));
        }
        arena.Verify();
    }

    [Fact]
    public void Frees_from_other_threads_are_named_too()
    {
        using var shared = new SharedHeap(_arena);
        var address = (nint)shared.Allocate(100, 16, "Ship.cs", 41, "Fire");
        var thread = new Thread(() => shared.Free((void*)address, "Wreck.cs", 88, "Sink"));
        thread.Start();
        thread.Join();
        var refused = Assert.Throws<InvalidFreeException>(() => shared.Free((void*)address));
        Assert.Contains("Wreck.cs:88 (Sink)", refused.Message, StringComparison.Ordinal);
        ((byte*)address)[5] ^= 1;
        Assert.Equal("Wreck.cs:88 (Sink)", Assert.Throws<MemoryCorruptionException>(_arena.Verify).FreedAt);
        ((byte*)address)[5] ^= 1;
    }

    [Fact]
    public void A_guarded_run_makes_no_garbage_once_it_is_warm()
    {
        using var heap = new Heap(_arena);
        using var pool = new Pool<Wide>(_arena);
        void Play()
        {
            for (var i = 0; i < 40_000; i++)
            {
                heap.Free(heap.Allocate((nuint)(i % 300)));
                pool.Free(pool.Allocate());
            }
        }
        Play();
        Play();
        Assert.Equal(0, Garbage.Of(Play));
    }

    private GeneralAllocator Make(string kind) => kind switch
    {
        "heap" => new Heap(_arena),
        "shared heap" => new SharedHeap(_arena),
        _ => new BuddyAllocator(_arena, 1 << 22),
    };

    private struct Wide
    {
        public fixed byte Bytes[48];
    }
}
