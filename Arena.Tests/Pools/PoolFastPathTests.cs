using Arena.Pools;
using Arena.Tests.Observation;

namespace Arena.Tests.Pools;

/// <summary>
/// The states of the fast path: the slot of the last call, the word that is allocated from, the slab in use; closed and
/// opened again in the middle of all of them.
/// </summary>
public sealed unsafe class PoolFastPathTests : IDisposable
{
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    public static TheoryData<string> Closers => new("walk", "trim", "attach", "count", "reserve", "clear nothing");

    [Fact]
    public void A_double_free_is_seen_in_the_word_that_is_allocated_from()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, 40);
        int[] freed = [5, 17, 3, 39, 4];
        foreach (var i in freed)
        {
            pool.Free((Line64*)slots[i]);
            Refuses(pool, slots[i]);
        }
        foreach (var i in freed)
            Refuses(pool, slots[i]);
        for (var never = slots[^1] + 64; never < slots[0] + 64 * 64; never += 64)
            Refuses(pool, never);
        Assert.Equal(35, pool.LiveCount);
        // The slot handed out last was kept in hand; the others come from the word, lowest first.
        Assert.Equal([slots[39], slots[3], slots[4], slots[5], slots[17]], PoolTests.Fill(pool, 5));
        pool.Clear();
    }

    [Fact]
    public void A_double_free_is_seen_in_a_word_that_was_left()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, 1000);
        // This frees from the back: each word is entered by the first free in it and left by the first free in the
        // next.
        for (var i = slots.Length - 1; i >= 0; i--)
        {
            pool.Free((Line64*)slots[i]);
            Refuses(pool, slots[i]);
            Refuses(pool, slots[Math.Min(i + 64, slots.Length - 1)]);
        }
        Assert.Equal(0, pool.LiveCount);
        Assert.Equal(slots.Order(), PoolTests.Fill(pool, 1000).Order());
        pool.Clear();
    }

    [Fact]
    public void The_slot_freed_last_is_free_although_its_bit_says_used()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, 200);
        pool.Free((Line64*)slots[10]);
        Refuses(pool, slots[10]);
        pool.Free((Line64*)slots[150]);
        Refuses(pool, slots[10]);
        Refuses(pool, slots[150]);
        Assert.Equal(198, pool.LiveCount);
        Assert.Equal(slots[10], (nint)pool.Allocate());
        Refuses(pool, slots[150]);
        pool.Free((Line64*)slots[10]);
        pool.Clear();
        Refuses(pool, slots[10]);
    }

    [Theory]
    [MemberData(nameof(Closers))]
    public void Nothing_is_lost_where_the_fast_path_is_closed_in_the_middle(string closer)
    {
        using var pool = new Pool<Line64>(_arena);
        for (var taken = 1; taken < 200; taken += 13)
        {
            for (var freed = 0; freed <= taken; freed += 5)
            {
                var slots = PoolTests.Fill(pool, taken);
                PoolTests.FreeAll(pool, slots[..freed]);
                Close(pool, closer);
                Assert.Equal(taken - freed, pool.LiveCount);
                Assert.All(slots[..freed], slot => Refuses(pool, slot));
                var more = PoolTests.Fill(pool, freed + 3);
                Assert.Equal(taken + 3, slots[freed..].Concat(more).Distinct().Count());
                Close(pool, closer);
                PoolTests.FreeAll(pool, more);
                PoolTests.FreeAll(pool, slots[freed..]);
                Assert.Equal(0, pool.LiveCount);
            }
        }
    }

    [Fact]
    public void While_an_observer_is_attached_every_call_is_reported_and_afterwards_none()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { Name = "pool" });
        var slots = PoolTests.Fill(pool, 100);
        pool.Free((Line64*)slots[3]);
        pool.Free((Line64*)slots[4]);
        var observer = new RecordingObserver();
        _arena.Attach(observer);
        for (var i = 0; i < 3; i++)
        {
            var slot = pool.Allocate();
            pool.Free(slot);
            pool.Free((Line64*)slots[20 + i]);
        }
        Assert.Equal(9, observer.Told.Count);
        _arena.Detach(observer);
        PoolTests.FreeAll(pool, PoolTests.Fill(pool, 300));
        Assert.Equal(9, observer.Told.Count);
        Assert.Equal(95, pool.LiveCount);
        pool.Clear();
    }

    [Fact]
    public void Slots_of_several_slabs_may_be_freed_in_any_order()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = 8 << 10 });
        var random = new Random(3);
        for (var round = 0; round < 20; round++)
        {
            var slots = PoolTests.Fill(pool, 1500);
            random.Shuffle(slots);
            for (var i = 0; i < slots.Length; i++)
            {
                pool.Free((Line64*)slots[i]);
                Refuses(pool, slots[random.Next(i + 1)]);
            }
            Assert.Equal(0, pool.LiveCount);
            Assert.InRange(pool.SlabCount, 1, 3);
        }
    }

    [Theory]
    [InlineData(128)]
    [InlineData(4096)]
    public void A_stride_of_the_callers_own_changes_nothing_but_the_place(int alignment)
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { Alignment = alignment });
        var slots = PoolTests.Fill(pool, 500);
        Assert.All(slots, slot => Assert.Equal(0, slot % alignment));
        Assert.Equal(slots.Length, slots.Distinct().Count());
        for (var i = 0; i < slots.Length; i += 2)
        {
            pool.Free((Line64*)slots[i]);
            Refuses(pool, slots[i]);
            Refuses(pool, slots[0]);
            Assert.Throws<InvalidFreeException>(() => pool.Free((Line64*)(slots[1] + 64)));
        }
        Assert.Equal(250, pool.LiveCount);
        var again = PoolTests.Fill(pool, 250);
        Assert.Equal(500, again.Concat(slots.Where((_, i) => i % 2 == 1)).Distinct().Count());
        pool.Clear();
    }

    private void Close(Pool<Line64> pool, string closer)
    {
        switch (closer)
        {
            case "walk":
                foreach (ref var value in pool)
                    value.First++;
                break;
            case "trim":
                pool.Trim();
                break;
            case "attach":
                var observer = new RecordingObserver();
                _arena.Attach(observer);
                pool.Free(pool.Allocate());
                _arena.Detach(observer);
                break;
            case "count":
                Assert.True(pool.LiveCount >= 0);
                break;
            case "reserve":
                pool.Reserve(pool.SlotCount + 1);
                break;
            default:
                pool.Free(null);
                break;
        }
    }

    private static void Refuses(Pool<Line64> pool, nint slot) =>
        Assert.Throws<InvalidFreeException>(() => pool.Free((Line64*)slot));
}
