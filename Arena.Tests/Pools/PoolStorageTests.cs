using System.Runtime.CompilerServices;
using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Pools;

/// <summary>Slabs that get their storage step by step, and give it back page by page.</summary>
public sealed unsafe class PoolStorageTests : IDisposable
{
    private const int Many = 1600 * 64;
    private readonly PageArena _arena = new("test");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Ten_elements_cost_a_few_pages()
    {
        using var pool = new Pool<Line64>(_arena);
        PoolTests.Fill(pool, 10);
        Assert.InRange(_arena.LentBytes, 1u, 32u << 10);
        Assert.InRange(_arena.CommittedBytes, 1u, 80u << 10);
        pool.Clear();
    }

    [Fact]
    public void Storage_follows_what_is_needed_in_few_steps()
    {
        using var pool = new Pool<Line64>(_arena);
        var steps = 0;
        nuint before = 0;
        for (var i = 1; i <= Many; i++)
        {
            pool.Allocate();
            if (_arena.LentBytes == before)
                continue;
            steps++;
            before = _arena.LentBytes;
            Assert.True(before <= (32 << 10) + (nuint)i * 64 * 2, $"{before} bytes for {i} slots");
        }
        Assert.InRange(steps, 1, 40);
        Assert.Equal(1, pool.SlabCount);
        pool.Clear();
    }

    [Fact]
    public void Reserved_slots_have_their_storage()
    {
        using var pool = new Pool<Line64>(_arena);
        pool.Reserve(Many);
        Assert.True(pool.SlotCount >= Many);
        var lent = _arena.LentBytes;
        Assert.True(lent >= Many * 64);
        PoolTests.FreeAll(pool, PoolTests.Fill(pool, Many));
        Assert.Equal(lent, _arena.LentBytes);
    }

    [Fact]
    public void Slots_to_start_with_fit_into_one_slab_however_many_they_are()
    {
        const int initial = 3 << 20;
        using var pool = new Pool<long>(_arena, new PoolOptions { InitialSlots = initial });
        Assert.Equal(1, pool.SlabCount);
        Assert.True(pool.SlotCount >= initial);
    }

    [Fact]
    public void Thousands_of_pools_fit_into_one_arena()
    {
        var pools = Enumerable.Range(0, 3000).Select(_ => new Pool<Line64>(_arena)).ToArray();
        foreach (var pool in pools)
            pool.Allocate();
        Assert.All(pools, pool => Assert.Equal(1, pool.LiveCount));
        Array.ForEach(pools, pool => pool.Clear());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Many / 2)]
    [InlineData(Many - 1)]
    public void Trim_gives_back_every_page_around_the_last_live_slot(int survivor)
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, Many);
        ((Line64*)slots[survivor])->First = 42;
        var lent = _arena.LentBytes;
        PoolTests.FreeAll(pool, slots.Where((_, i) => i != survivor).ToArray());
        var givenBack = pool.Trim();
        Assert.Equal(lent - givenBack, _arena.LentBytes);
        // The bitmap, its summary, and the word of the survivor.
        Assert.InRange(_arena.LentBytes, 1u, 48u << 10);
        Assert.Equal((1, 42L), (pool.LiveCount, ((Line64*)slots[survivor])->First));
        foreach (ref var value in pool)
            Assert.Equal(slots[survivor], (nint)Unsafe.AsPointer(ref value));
        foreach (var slot in slots.Where((_, i) => i != survivor && i % 7 == 0))
            Assert.Throws<InvalidFreeException>(() => pool.Free((Line64*)slot));
        Assert.Equal(0u, pool.Trim());
        pool.Free((Line64*)slots[survivor]);
    }

    [Fact]
    public void Holes_are_filled_again_before_the_pool_grows()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, Many);
        var keeps = Enumerable.Range(0, Many).Where(i => i % 20_000 == 19_999).ToHashSet();
        PoolTests.FreeAll(pool, slots.Where((_, i) => !keeps.Contains(i)).ToArray());
        pool.Trim();
        var storage = pool.SlotCount;
        Assert.InRange(storage, keeps.Count, 64 * (keeps.Count + 30));
        var again = PoolTests.Fill(pool, Many - keeps.Count);
        Assert.Equal(slots.Order(), again.Concat(keeps.Select(i => slots[i])).Order());
        Assert.Equal(1, pool.SlabCount);
        Assert.True(PoolTests.Fill(pool, Many).Min() > slots.Max(), "the pool grew although there were holes");
        pool.Clear();
        Assert.Equal(0, pool.LiveCount);
        Assert.Equal(slots.Order(), PoolTests.Fill(pool, Many).Order());
        pool.Clear();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(65)]
    public void The_word_in_use_is_no_hole_although_all_of_it_was_free(int taken)
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, Many);
        PoolTests.FreeAll(pool, slots[64..^1]);
        pool.Trim();
        PoolTests.FreeAll(pool, slots[..64]);
        pool.Trim();
        pool.Reserve(pool.SlotCount + 1);
        var some = PoolTests.Fill(pool, taken);
        pool.Reserve(pool.SlotCount + 1);
        var all = PoolTests.Fill(pool, Many - taken - 1).Concat(some).Append(slots[^1]).ToArray();
        Assert.Equal(slots.Order(), all.Order());
        pool.Clear();
    }

    [Fact]
    public void Clear_leaves_holes_without_storage()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, Many);
        PoolTests.FreeAll(pool, slots[..^1]);
        pool.Trim();
        var (slotCount, lent) = (pool.SlotCount, _arena.LentBytes);
        pool.Clear();
        Assert.Equal((0, slotCount, lent), (pool.LiveCount, pool.SlotCount, _arena.LentBytes));
        PoolTests.Fill(pool, Many);
        Assert.True(_arena.LentBytes >= Many * 64, "slots were handed out that have no storage");
        pool.Clear();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64 << 10)]
    public void Pages_that_hold_anything_make_a_good_slab(int slabBytes)
    {
        var block = _arena.Allocate(4 << 20);
        block.AsSpan().Fill(0xFF);
        _arena.Free(block);
        using var pool = new Pool<Line64>(_arena, new PoolOptions { SlabBytes = slabBytes });
        var slots = PoolTests.Fill(pool, 10_000);
        Assert.True((nuint)slots[0] - (nuint)block.Address < block.ByteCount, "the pool lies elsewhere");
        Assert.Equal(10_000, slots.Distinct().Count());
        Assert.Equal(10_000, pool.LiveCount);
        PoolTests.FreeAll(pool, slots);
        Assert.Equal(0, pool.LiveCount);
        Assert.Equal(10_000, PoolTests.Fill(pool, 10_000).Distinct().Count());
        pool.Clear();
    }

    [Fact]
    public void What_a_listener_is_reported_of_the_first_slab_has_storage()
    {
        var listener = new Listener();
        using var pool = new Pool<Line64>(_arena, null, "listened", "pool", listener);
        var slots = PoolTests.Fill(pool, Many);
        Assert.Equal((slots[0], (nuint)pool.SlotCount * 64), (listener.First, listener.ByteCount));
        PoolTests.FreeAll(pool, slots.Where((_, i) => i is not (100 or Many / 2)).ToArray());
        pool.Trim();
        Assert.InRange(listener.ByteCount, 101u * 64, 4u << 10 << 3);
        for (nuint at = 0; at < listener.ByteCount; at += 64)
            Assert.Equal(pool.OwnerToken, _arena.Owners[((nuint)listener.First + at - (nuint)_arena.Base) >> 12]);
        Assert.Equal(pool.SlotCount, listener.SlotCount);
        pool.Clear();
        pool.Trim();
        Assert.Equal((0u, 0), (listener.ByteCount, listener.SlotCount));
    }

    [Fact]
    public void The_maximum_counts_slots_without_storage_too()
    {
        using var pool = new Pool<Line64>(_arena, new PoolOptions { MaximumSlots = 20_001 });
        var slots = PoolTests.Fill(pool, 20_001);
        PoolTests.FreeAll(pool, slots[..^1]);
        pool.Trim();
        PoolTests.Fill(pool, 20_000);
        Assert.False(pool.TryAllocate(out _));
        Assert.Equal(20_001, pool.SlotCount);
        pool.Clear();
    }

    [Fact]
    public void A_budget_is_used_to_the_last_word()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tight", BudgetBytes = 3 << 20 });
        using var pool = new Pool<Line64>(arena);
        var slots = new List<nint>();
        while (pool.TryAllocate(out var slot))
            slots.Add((nint)slot);
        Assert.True(arena.CommittedBytes + 3 * 4096 > arena.BudgetBytes, $"only {arena.CommittedBytes} bytes used");
        Assert.True((nuint)slots.Count * 64 > arena.BudgetBytes / 32 * 29, $"only {slots.Count} slots");
        PoolTests.FreeAll(pool, [.. slots]);
        Assert.Equal(slots.Order(), PoolTests.Fill(pool, slots.Count).Order());
        pool.Clear();
    }

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_step_that_fails_leaves_the_pool_as_it_was(int times)
    {
        using var os = new FailingContext(FailingContext.TakingAccess);
        using var arena = new PageArena(new PageArenaOptions { Name = "failing" }, os.Memory);
        using var pool = new Pool<Line64>(arena);
        var slots = new List<nint>();
        var random = new Random(7);
        var failures = 0;
        for (var round = 0; round < 60; round++)
        {
            os.FailAt(1 + random.Next(3), times);
            for (var i = 0; i < 3000; i++)
            {
                if (!pool.TryAllocate(out var slot))
                    continue;
                slot->First = (nint)slot;
                slots.Add((nint)slot);
            }
            var gone = random.Next(slots.Count);
            foreach (var slot in slots[gone..])
            {
                Assert.Equal(slot, ((Line64*)slot)->First);
                pool.Free((Line64*)slot);
            }
            slots.RemoveRange(gone, slots.Count - gone);
            if (round % 3 == 0)
                pool.Trim();
            Assert.Equal(slots.Count, pool.LiveCount);
            failures += os.FailedCount;
        }
        Assert.True(failures > 20, $"only {failures} calls failed");
        pool.Clear();
    }

    [LinuxFact]
    public void What_Trim_gave_back_is_not_resident()
    {
        using var pool = new Pool<Line64>(_arena);
        var slots = PoolTests.Fill(pool, Many);
        foreach (var slot in slots)
            ((Line64*)slot)->First = 1;
        var middle = (byte*)slots[Many / 2];
        Assert.Equal(1u << 20, ResidentMemory.Bytes((byte*)((nuint)middle & ~(nuint)4095), 1 << 20));
        PoolTests.FreeAll(pool, slots[1..^1]);
        pool.Trim();
        Assert.Equal(0u, ResidentMemory.Bytes((byte*)((nuint)middle & ~(nuint)4095), 1 << 20));
        pool.Clear();
    }

    private sealed class Listener : ISlabListener
    {
        public int SlotCount { get; private set; }

        public nint First { get; private set; }

        public nuint ByteCount { get; private set; }

        public string? Entering(byte* slab, int slotCount, out uint firstIndex)
        {
            firstIndex = 0;
            return null;
        }

        public void Left(uint firstIndex, int slotCount)
        {
        }

        public void Added(ushort owner, in SlotRun slots) => SlotCount += slots.Count;

        public void Removing(in SlotRun slots) => SlotCount -= slots.Count;

        public void StorageChanged(ushort owner, in SlotRun slots) =>
            (First, ByteCount) = ((nint)slots.First, (nuint)slots.Count * (nuint)slots.StrideBytes);

        public bool IsLive(void* slot) => true;

        public void KeepState(StateStream state)
        {
        }

        public void Closing()
        {
        }
    }
}
