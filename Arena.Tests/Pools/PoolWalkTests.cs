using System.Runtime.CompilerServices;
using Arena.Pools;
using Arena.Tests.Observation;

namespace Arena.Tests.Pools;

/// <summary>Walking over a pool while it changes.</summary>
public sealed unsafe class PoolWalkTests : IDisposable
{
    private const int Count = 5000;
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(3 * 4096)]
    public void The_current_slot_may_be_freed_at_every_step(int slabBytes)
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = slabBytes });
        var slots = PoolTests.Fill(pool, Count);
        var seen = new List<nint>();
        foreach (ref var value in pool)
        {
            var slot = (Line64*)Unsafe.AsPointer(ref value);
            seen.Add((nint)slot);
            if (seen.Count % 3 != 0)
                pool.Free(slot);
        }
        Assert.Equal(slots.Order(), seen);
        Assert.Equal(Count / 3, pool.LiveCount);
        Assert.Equal(seen.Where((_, i) => i % 3 == 2), Walk(pool));
        pool.Clear();
    }

    [Fact]
    public void Slots_of_later_words_that_were_freed_meanwhile_are_not_visited()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, Count).Order().ToArray();
        var freed = new HashSet<nint>();
        var at = 0;
        foreach (ref var value in pool)
        {
            var slot = (nint)Unsafe.AsPointer(ref value);
            Assert.DoesNotContain(slot, freed);
            at = Array.IndexOf(slots, slot);
            if (at % 10 == 0 && at + 64 < Count && freed.Add(slots[at + 64]))
                pool.Free((Line64*)slots[at + 64]);
        }
        Assert.Equal(Count - freed.Count, pool.LiveCount);
        pool.Clear();
    }

    [Fact]
    public void A_walk_goes_on_whatever_is_allocated_trimmed_or_observed_meanwhile()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = 8 << 10 });
        var slots = PoolTests.Fill(pool, Count);
        PoolTests.FreeAll(pool, slots.Where((_, i) => i % 500 > 200).ToArray());
        var old = slots.Where((_, i) => i % 500 <= 200).Order().ToList();
        var seen = new List<nint>();
        var observer = new RecordingObserver();
        foreach (ref var value in pool)
        {
            seen.Add((nint)Unsafe.AsPointer(ref value));
            switch (seen.Count % 100)
            {
                case 10: pool.Trim(); break;
                case 20: pool.Allocate(); break;
                case 30: _arena.Attach(observer); break;
                case 40: pool.Allocate(); break;
                case 50: _arena.Detach(observer); break;
                case 60: Assert.True(pool.LiveCount >= old.Count); break;
                case 70: pool.Reserve(pool.SlotCount + 1); break;
            }
        }
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(old.Except(seen));
        _arena.Detach(observer);
        pool.Clear();
    }

    [Fact]
    public void A_pool_that_is_cleared_meanwhile_ends_the_walk()
    {
        using var pool = new Pool<Line64>(_arena);
        PoolTests.Fill(pool, Count);
        var seen = 0;
        foreach (ref var value in pool)
        {
            if (++seen == 100)
                pool.Clear();
        }
        Assert.Equal(100, seen);
    }

    [Fact]
    public void A_range_that_the_body_frees_is_not_shown()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, 64).Order().ToArray();
        var seen = new List<nint>();
        foreach (ref var value in pool)
        {
            seen.Add((nint)Unsafe.AsPointer(ref value));
            if (seen.Count == 10)
                pool.FreeRange(slots.AsSpan(5, 50));
        }
        Assert.Equal([.. slots[..10], .. slots[55..]], seen);
        pool.Clear();
    }

    [Fact]
    public void Two_walks_at_once_see_the_same()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, 300);
        var pairs = 0;
        foreach (ref var outer in pool)
        {
            foreach (ref var inner in pool)
                pairs++;
        }
        Assert.Equal(300 * 300, pairs);
        PoolTests.FreeAll(pool, slots);
    }

    private static List<nint> Walk(Pool<Line64> pool)
    {
        var seen = new List<nint>();
        foreach (ref var value in pool)
            seen.Add((nint)Unsafe.AsPointer(ref value));
        return seen;
    }
}
