using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>No single call of a pool works in proportion to its slots; words of bitmaps are counted.</summary>
public sealed unsafe class PoolWorkTests : IDisposable
{
    // 64 bytes each: one run of live slots, then one that becomes a hole.
    private const int RunSlots = 2048;
    private const int Count = 128 * RunSlots;
    private const int WordsOfRuns = 2 * RunSlots / 64;

    // A step of growth, and tables.
    private const nuint MostCommittedBytes = (2 << 20) + (64 << 10);

    private readonly PageArena _arena = new("work");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Each_hole_is_found_where_the_search_for_the_last_one_ended()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = Fill(pool);
        for (var i = 0; i < Count; i++)
        {
            if (i / RunSlots % 2 != 0)
                pool.Free((Line64*)slots[i]);
        }
        Assert.True(pool.Trim() > 0);
        var total = pool.SearchSteps;
        while (pool.SlotCount < Count)
        {
            var (steps, committed) = (pool.SearchSteps, _arena.CommittedBytes);
            pool.Allocate();
            Assert.InRange(pool.SearchSteps - steps, 0, WordsOfRuns);
            Assert.True(_arena.CommittedBytes <= committed + MostCommittedBytes);
        }
        Assert.True(pool.SearchSteps > total, "holes were searched for");
        pool.IgnoreLeaks = true;
    }

    [Fact]
    public void Frees_in_order_into_a_slab_that_is_not_in_use_look_at_each_word_twice_at_most()
    {
        const int slabBytes = 4 << 20;
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = slabBytes });
        var slots = Fill(pool);
        Array.Sort(slots);
        var perSlab = pool.Layout.SlotCount;
        // Every second free goes to the other slab, so that neither is entered; their words become free one by one.
        var before = pool.SearchSteps;
        for (var i = 0; i < perSlab - 1; i++)
        {
            pool.Free((Line64*)slots[i]);
            pool.Free((Line64*)slots[i + perSlab]);
        }
        Assert.InRange(pool.SearchSteps - before, 2, 2 * 2 * (perSlab / 64 + 1));
        pool.IgnoreLeaks = true;
    }

    [Fact]
    public void A_large_slab_of_a_handle_map_is_not_retired_by_a_free()
    {
        using var map = new HandleMap<byte>(_arena);
        var handles = new List<Handle<byte>>();
        while (map.SlabCount < 2)
            handles.Add(map.Allocate(1));
        handles.AddRange(Enumerable.Range(0, 100).Select(_ => map.Allocate(1)));
        foreach (var handle in handles)
            map.Free(handle);
        Assert.Equal(2, map.SlabCount);
        map.Trim();
        Assert.Equal(0, map.SlabCount);
    }

    private static nint[] Fill(Pool<Line64> pool)
    {
        var slots = new nint[Count];
        foreach (ref var slot in slots.AsSpan())
            slot = (nint)pool.Allocate();
        return slots;
    }
}
