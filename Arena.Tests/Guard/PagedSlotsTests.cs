using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Guard;

/// <summary>Slots of pools and values of maps with pages of their own, outside of the slabs.</summary>
public sealed unsafe class PagedSlotsTests
{
    private static readonly GuardOptions Pages = new() { GuardedPages = true, SampleEvery = 0 };

    [LinuxTheory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(8_192)]
    public void An_overrun_and_a_use_after_free_meet_an_inaccessible_page(int alignment)
    {
        using var arena = Arena(Pages);
        using var pool = new Pool<Odd>(arena, new PoolOptions { Name = "odd", Alignment = alignment });
        var slot = (byte*)pool.Allocate("Ship.cs", 41, "Fire");
        var aligned = Math.Max(alignment, 4);
        Assert.Equal(0u, (nuint)slot % (nuint)aligned);
        new Span<byte>(slot, sizeof(Odd)).Fill(7);
        Assert.False(OsContract.IsTouchable(slot + Align.Up((nuint)sizeof(Odd), (nuint)Math.Min(aligned, 4_096))));
        Assert.True(pool.Contains((Odd*)slot));
        Assert.False(pool.Contains((Odd*)(slot + 4)));
        Assert.Throws<InvalidFreeException>(() => pool.Free((Odd*)(slot + 4)));
        Assert.Throws<InvalidFreeException>(() => pool.Free((Odd*)(slot - 4)));
        pool.Free((Odd*)slot, "Wreck.cs", 88, "Sink");
        Assert.False(OsContract.IsTouchable(slot));
        Assert.False(pool.Contains((Odd*)slot));
        var again = Assert.Throws<InvalidFreeException>(() => pool.Free((Odd*)slot));
        Assert.Contains("Ship.cs:41 (Fire)", again.Message, StringComparison.Ordinal);
        Assert.Contains("Wreck.cs:88 (Sink)", again.Message, StringComparison.Ordinal);
        Assert.Equal(0, pool.LiveCount);
        // Its memory is as any other once it has gone back.
        pool.Dispose();
        arena.Allocate(16 << 20).AsSpan().Fill(1);
    }

    [LinuxFact]
    public void A_write_in_front_of_a_slot_is_found_when_it_is_freed()
    {
        using var arena = Arena(Pages);
        using var pool = new Pool<Odd>(arena);
        var slot = (byte*)pool.Allocate("Ship.cs", 41, "Fire");
        slot[-1] ^= 1;
        Assert.Throws<MemoryCorruptionException>(arena.Verify);
        var damage = Assert.Throws<MemoryCorruptionException>(() => pool.Free((Odd*)slot));
        Assert.Equal("Ship.cs:41 (Fire)", damage.AllocatedAt);
        Assert.Equal(0, pool.LiveCount);
        arena.Verify();
    }

    [LinuxFact]
    public void A_maximum_holds_for_slots_with_pages_and_those_in_slabs_together()
    {
        using var arena = new PageArena("late");
        using var pool = new Pool<long>(arena, new PoolOptions { MaximumSlots = 10 });
        var early = Enumerable.Range(0, 4).Select(_ => (nint)pool.Allocate()).ToList();
        arena.AttachGuard(Pages);
        var late = Enumerable.Range(0, 6).Select(_ => (nint)pool.Allocate()).ToList();
        Assert.False(pool.TryAllocate(out _));
        Assert.Contains(
            "MaximumSlots", Assert.Throws<ArenaOutOfMemoryException>(() => pool.Allocate()).Message,
            StringComparison.Ordinal);
        pool.Free((long*)early[0]);
        Assert.True(pool.TryAllocate(out var next));
        Assert.False(OsContract.IsTouchable((byte*)(next + 1)));
        Assert.Equal(10, pool.LiveCount);
        foreach (var slot in late)
            pool.Free((long*)slot);
        Assert.Equal(4, pool.LiveCount);
    }

    [LinuxFact]
    public void Live_slots_are_reported_as_leaks_and_given_back()
    {
        using var arena = Arena(Pages);
        var lent = arena.LentBytes;
        var pool = new Pool<long>(arena);
        var slots = new nint[3];
        Assert.Equal(3, pool.AllocateRange(slots));
        LeakNotice? notice = null;
        arena.LeaksFound += leak => notice = leak;
        pool.Free((long*)slots[1]);
        pool.Dispose();
        Assert.Equal(2, notice!.LiveCount);
        Assert.Equal(
            new[] { slots[0], slots[2] }.Order(), notice.FirstAddresses.Select(address => (nint)address).Order());
        Assert.Equal(lent, arena.LentBytes);
    }

    [LinuxFact]
    public void A_detached_guard_knows_its_pages_until_they_are_freed_and_then_another_can_come()
    {
        using var arena = Arena(Pages);
        using var pool = new Pool<long>(arena);
        using var map = new HandleMap<long>(arena);
        var slot = pool.Allocate("Ship.cs", 41, "Fire");
        var handle = map.Allocate(5);
        arena.DetachGuard();
        Assert.False(pool.IsObserved);
        Assert.Equal((1, 1), (pool.LiveCount, map.LiveCount));
        Assert.Throws<InvalidOperationException>(() => arena.AttachGuard(Pages));
        Assert.Throws<InvalidOperationException>(() => ArenaHistory.Attach(arena, 2));
        pool.Free(pool.Allocate());
        pool.Free(slot);
        Assert.Equal(5, map[handle]);
        Assert.True(map.Free(handle));
        Assert.False(map.Contains(handle));
        Assert.Equal((0, 0), (pool.LiveCount, map.LiveCount));
        arena.AttachGuard(Pages);
        arena.DetachGuard();
        using var history = ArenaHistory.Attach(arena, 2);
    }

    [LinuxFact]
    public void A_stale_handle_never_resolves_and_no_handle_is_given_twice()
    {
        using var arena = Arena(Pages);
        using var map = new HandleMap<Odd>(arena);
        HashSet<(uint, uint)> given = [];
        for (var i = 0; i < 2_000; i++)
        {
            var handle = map.Allocate(new Odd { Last = i });
            Assert.True(given.Add((handle.Index, handle.LiveGeneration)));
            Assert.Equal(i, map[handle].Last);
            Assert.Equal(1, map.LiveCount);
            Assert.True(map.Free(handle));
            Assert.False(map.Contains(handle));
            Assert.False(map.Free(handle));
            Assert.Throws<InvalidOperationException>(() => map[handle]);
            if (i % 500 == 499)
                map.Trim();
        }
        // Slots of slabs get the same indexes later, and other generations.
        arena.DetachGuard();
        for (var i = 0; i < 5_000; i++)
        {
            var handle = map.Allocate(default);
            Assert.True(given.Add((handle.Index, handle.LiveGeneration)));
        }
        map.Clear();
    }

    [LinuxFact]
    public void A_dense_map_is_guarded_by_its_handles_and_has_no_pages()
    {
        using var arena = Arena(Pages);
        using var map = new DenseHandleMap<long>(arena);
        var handle = map.Allocate(5);
        Assert.Equal(5, map[handle]);
        Assert.True(map.Free(handle));
        Assert.False(map.Contains(handle));
    }

    private static PageArena Arena(GuardOptions guard) =>
        new(new PageArenaOptions { Name = "guarded", Guard = guard });

    // Twelve bytes, to 4.
    private struct Odd
    {
        public fixed int Words[2];
        public int Last;
    }
}
