using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Pools;

public sealed unsafe class SharedPoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(512)]
    [InlineData(4096)]
    public void Slots_lie_apart_at_their_alignment_and_are_live_until_freed(int alignment)
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<Line64>(arena, new PoolOptions { Name = "lines", Alignment = alignment });
        var slots = new nint[5000];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = (nint)pool.Allocate();
            Assert.Equal(0, slots[i] % Math.Max(alignment, 64));
            ((Line64*)slots[i])->First = i;
        }
        Assert.Equal(slots.Length, pool.LiveCount);
        Assert.True(pool.SlotCount >= slots.Length);
        var sorted = slots.Order().ToArray();
        Assert.All(sorted.Zip(sorted.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 64));
        for (var i = 0; i < slots.Length; i++)
            Assert.Equal(i, ((Line64*)slots[i])->First);
        Assert.Equal(sorted, Walk(pool));
        foreach (var slot in slots)
            pool.Free((Line64*)slot);
        Assert.Equal(0, pool.LiveCount);
        Assert.Empty(Walk(pool));
    }

    [Fact]
    public void Small_large_and_very_large_elements_are_served()
    {
        using var arena = new PageArena("game");
        Roundtrip<byte>(arena);
        Roundtrip<long>(arena);
        Roundtrip<Inode>(arena);
        Roundtrip<Large>(arena);
        Roundtrip<VeryLarge>(arena);
    }

    [Fact]
    public void The_layout_reports_how_many_slots_a_slab_has()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "game", ReserveBytes = 64 << 20 });
        using var pool = new SharedPool<Line64>(arena);
        var layout = pool.Layout;
        Assert.Equal(64, layout.SlotBytes);
        Assert.Equal(64, layout.StrideBytes);
        Assert.Equal(
            layout.SlabBytes, layout.HeaderBytes + layout.SlotCount * layout.StrideBytes + layout.UnusedBytes);
        for (var i = 0; i < layout.SlotCount; i++)
            pool.Allocate();
        Assert.Equal(1, pool.SlabCount);
        pool.Allocate();
        Assert.Equal(2, pool.SlabCount);
        pool.Clear();
    }

    [Fact]
    public void A_maximum_is_kept_exactly_and_by_all_threads_together()
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<long>(
            arena, new PoolOptions { Name = "bullets", MaximumSlots = 1000, InitialSlots = 10 });
        var taken = new ConcurrentBag<nint>();
        ThreadCrew.Run(4, _ =>
        {
            while (pool.TryAllocate(out var slot))
                taken.Add((nint)slot);
        });
        Assert.Equal(1000, taken.Count);
        Assert.Equal(1000, taken.Distinct().Count());
        var error = Assert.Throws<ArenaOutOfMemoryException>(() => pool.Allocate());
        Assert.Contains("shared pool 'bullets' in arena 'game'", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaximumSlots", error.Message, StringComparison.Ordinal);
        var first = taken.First();
        pool.Free((long*)first);
        Assert.Throws<InvalidFreeException>(() => pool.Free((long*)first));
        pool.Free(null);
        Assert.True(pool.TryAllocate(out _));
        Assert.False(pool.TryAllocate(out _));
        pool.Clear();
        Assert.Equal(0, pool.LiveCount);
        Assert.True(pool.TryAllocate(out var again));
        pool.Free(again);
    }

    [Fact]
    public void Bad_frees_name_the_pool_and_change_nothing()
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<Line64>(arena, new PoolOptions { Name = "lines" });
        using var other = new SharedPool<Line64>(arena, new PoolOptions { Name = "others" });
        var slot = pool.Allocate();
        var foreign = other.Allocate();
        Refused(pool, foreign, "it is not an allocation of this shared pool");
        Refused(pool, (Line64*)((byte*)slot + 16), "it lies 16 bytes inside a live allocation of 64 bytes");
        Refused(pool, (Line64*)((byte*)slot + 1), "");
        ThreadCrew.Run(1, _ => Refused(pool, (Line64*)((byte*)slot + 32), ""));
        ThreadCrew.Run(1, _ => pool.Free(slot));
        Refused(pool, slot, "");
        ThreadCrew.Run(1, _ => Refused(pool, slot, ""));
        Assert.Equal(0, pool.LiveCount);
        other.Free(foreign);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-8)]
    [InlineData(1 << 17)]
    public void An_alignment_that_cannot_be_is_named(int alignment)
    {
        using var arena = new PageArena("game");
        var error = Assert.Throws<ArgumentException>(
            () => new SharedPool<long>(arena, new PoolOptions { Name = "odd", Alignment = alignment }));
        Assert.Contains(
            $"shared pool 'odd': PoolOptions.Alignment is {alignment}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reserved_slots_need_nothing_more_from_the_arena()
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<Line64>(arena);
        pool.Reserve(20_000);
        Assert.Equal(0, pool.LiveCount);
        var committed = pool.CommittedBytes;
        for (var i = 0; i < 20_000; i++)
            pool.Allocate();
        Assert.Equal(committed, pool.CommittedBytes);
        pool.Clear();
        Assert.True(pool.Trim() > 0);
        Assert.True(pool.CommittedBytes < committed / 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Reserve(-1));
    }

    [Fact]
    public void A_reservation_that_fails_loses_nothing()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", BudgetBytes = 1 << 20 });
        using var pool = new SharedPool<Line64>(arena);
        Assert.Throws<ArenaOutOfMemoryException>(() => pool.Reserve(1_000_000));
        Assert.Equal(0, pool.LiveCount);
        pool.Free(pool.Allocate());
        var lent = arena.LentBytes;
        Assert.Throws<ArenaOutOfMemoryException>(() => new SharedPool<Line64>(
            arena, new PoolOptions { InitialSlots = 1_000_000 }));
        Assert.Equal(lent, arena.LentBytes);
    }

    [Fact]
    public void The_current_slot_may_be_freed_while_walking()
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<long>(arena);
        for (var i = 0L; i < 1000; i++)
            *pool.Allocate() = i;
        var seen = 0;
        foreach (ref var value in pool)
        {
            seen++;
            if (value % 3 == 0)
                pool.Free((long*)Unsafe.AsPointer(ref value));
        }
        Assert.Equal(1000, seen);
        Assert.Equal(666, pool.LiveCount);
        pool.Clear();
    }

    [Fact]
    public void A_local_view_and_the_pool_share_all_slots()
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<Line64>(arena);
        var local = pool.Local();
        var mine = local.Allocate();
        pool.Free(mine);
        var theirs = pool.Allocate();
        local.Free(theirs);
        Line64* elsewhere = null;
        ThreadCrew.Run(1, _ => elsewhere = pool.Allocate());
        local.Free(elsewhere);
        RefusedLocally(pool, elsewhere);
        local.Free(null);
        Assert.Equal(0, pool.LiveCount);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    [InlineData(8, 3)]
    public void What_one_thread_takes_another_gives_back(int threads, int seed)
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<Line64>(arena);
        using var queue = new BlockingCollection<nint>(1000);
        var takers = threads / 2;
        ThreadCrew.Run(threads, number =>
        {
            if (number < takers)
            {
                for (var i = 0; i < 40_000 / takers; i++)
                {
                    var slot = pool.Allocate();
                    slot->First = (long)slot;
                    queue.Add((nint)slot);
                }
                return;
            }
            var random = new Random(seed * 100 + number);
            for (var i = 0; i < 40_000 / takers; i++)
            {
                var slot = (Line64*)queue.Take();
                Assert.Equal((long)slot, slot->First);
                slot->First = 0;
                pool.Free(slot);
                if (random.Next(50) == 0)
                    pool.Free(pool.Allocate());
            }
        });
        Assert.Equal(0, pool.LiveCount);
        Assert.True(pool.CommittedBytes < 4 << 20, $"{pool}");
    }

    [Fact]
    public void What_is_alive_at_the_end_is_reported_under_the_pools_name()
    {
        using var arena = new PageArena("game");
        var pool = new SharedPool<Line64>(arena, new PoolOptions { Name = "lines" });
        LeakNotice? told = null;
        arena.LeaksFound += notice => told = notice;
        pool.Allocate();
        pool.Dispose();
        Assert.Equal(1, told?.LiveCount);
        Assert.Contains("shared pool 'lines'", told!.ToString(), StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => pool.Allocate());
        Assert.Throws<ObjectDisposedException>(() => pool.TryAllocate(out _));
        Assert.Throws<ObjectDisposedException>(() => pool.LiveCount);
        Assert.Throws<ObjectDisposedException>(() => pool.SlabCount);
        Assert.Contains("(disposed)", pool.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_steady_state_makes_no_garbage()
    {
        using var arena = new PageArena("game");
        using var pool = new SharedPool<Line64>(arena);
        var slots = new nint[1000];
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 100; i++)
                Cycle(pool, slots);
        }));
    }

    private static void Cycle(SharedPool<Line64> pool, nint[] slots)
    {
        for (var i = 0; i < slots.Length; i++)
            slots[i] = (nint)pool.Allocate();
        foreach (var slot in slots)
            pool.Free((Line64*)slot);
    }

    private static void Roundtrip<T>(PageArena arena)
        where T : unmanaged
    {
        using var pool = new SharedPool<T>(arena, new PoolOptions { Name = "any" });
        var slots = new nint[20];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = (nint)pool.Allocate();
            new Span<byte>((void*)slots[i], sizeof(T)).Fill((byte)i);
        }
        Assert.Equal(20, pool.LiveCount);
        Assert.True(pool.SlotCount >= 20);
        Assert.True(pool.Layout.StrideBytes >= sizeof(T));
        for (var i = 0; i < slots.Length; i++)
        {
            Assert.Equal(-1, new Span<byte>((void*)slots[i], sizeof(T)).IndexOfAnyExcept((byte)i));
            pool.Free((T*)slots[i]);
        }
        Assert.Equal(0, pool.LiveCount);
    }

    private static List<nint> Walk(SharedPool<Line64> pool)
    {
        List<nint> seen = [];
        foreach (ref var value in pool)
            seen.Add((nint)Unsafe.AsPointer(ref value));
        return seen;
    }

    private static void Refused(SharedPool<Line64> pool, Line64* slot, string why)
    {
        var before = pool.LiveCount;
        var error = Assert.Throws<InvalidFreeException>(() => pool.Free(slot));
        Assert.Contains("shared pool 'lines' in arena 'game'", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, pool.LiveCount);
    }

    private static void RefusedLocally(SharedPool<Line64> pool, Line64* slot) =>
        Assert.Throws<InvalidFreeException>(() => pool.Local().Free(slot));

    private struct Inode
    {
        public fixed byte Bytes[117];
    }

    private struct Large
    {
        public fixed byte Bytes[5000];
    }

    private struct VeryLarge
    {
        public fixed byte Bytes[300_000];
    }
}
