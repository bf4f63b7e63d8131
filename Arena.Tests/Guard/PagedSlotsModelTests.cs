using System.Runtime.CompilerServices;
using Arena.Pools;
using Arena.Tests.Os;
using Xunit.Abstractions;

namespace Arena.Tests.Guard;

/// <summary>
/// Random calls of a pool and of a map whose slots are partly, or all, on pages of their own, against a sorted set:
/// contents, counts, walks in address order, ranges, Clear, Trim, and guards that come and go.
/// </summary>
/// <remarks>A failure prints its seed: ARENA_GUARD_SEED plays it again.</remarks>
public sealed unsafe class PagedSlotsModelTests(ITestOutputHelper output)
{
    private const int Steps = 6_000;

    // One in how many has pages, the bytes of a red zone, and the most slots.
    public static TheoryData<int, int, int> Cases => new()
    {
        { 1, 0, 0 }, { 3, 0, 0 }, { 3, 16, 0 }, { 20, 0, 0 }, { 1, 0, 40 }, { 3, 0, 40 }, { 3, 16, 40 }, { 20, 0, 40 },
    };

    [LinuxTheory]
    [MemberData(nameof(Cases))]
    public void A_pool_behaves_as_without_pages(int every, int zone, int maximum)
    {
        var random = new Random(GuardSeed.Next(output));
        using var arena = Make(every, zone);
        // Small slabs, so that slots with pages lie between them.
        using var pool = new Pool<long>(arena, new PoolOptions { SlabBytes = 4_096, MaximumSlots = maximum });
        var model = new SortedDictionary<nint, long>();
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(20))
            {
                case < 9:
                    Assert.Equal(maximum == 0 || model.Count < maximum, pool.TryAllocate(out var slot));
                    if (slot != null)
                        Add(slot, step);
                    break;
                case < 17 when model.Count > 0:
                    FreeOne(model.ElementAt(random.Next(model.Count)).Key);
                    break;
                case 17:
                    FreeSome();
                    break;
                case 18 when random.Next(30) == 0:
                    pool.Clear();
                    model.Clear();
                    break;
                case 19 when random.Next(20) == 0:
                    pool.Trim();
                    break;
            }
            Assert.Equal(model.Count, pool.LiveCount);
            if (step % 50 == 0)
                Compare();
            if (step == Steps / 2)
                arena.DetachGuard();
        }
        arena.Verify();
        pool.Clear();
        model.Clear();
        Compare();

        void Add(long* slot, long value)
        {
            Assert.False(model.ContainsKey((nint)slot));
            *slot = value;
            model.Add((nint)slot, value);
        }

        void FreeOne(nint slot)
        {
            Assert.Equal(model[slot], *(long*)slot);
            pool.Free((long*)slot);
            model.Remove(slot);
            Assert.False(pool.Contains((long*)slot));
        }

        void FreeSome()
        {
            var room = maximum == 0 ? 30 : maximum - model.Count + 1;
            var slots = new nint[random.Next(0, Math.Min(30, room))];
            Assert.Equal(slots.Length, pool.AllocateRange(slots));
            foreach (var slot in slots)
                Add((long*)slot, slot);
            slots = [.. model.Keys.Where(_ => random.Next(3) == 0)];
            random.Shuffle(slots);
            pool.FreeRange(slots);
            foreach (var slot in slots)
                model.Remove(slot);
        }

        void Compare()
        {
            List<nint> shown = [];
            foreach (ref var value in pool)
            {
                var slot = (nint)Unsafe.AsPointer(ref value);
                Assert.Equal(model[slot], value);
                shown.Add(slot);
            }
            Assert.Equal(model.Keys, shown);
            Assert.All(shown, slot => Assert.True(pool.Contains((long*)slot)));
            // A body that frees the current one and another.
            if (model.Count == 0)
                return;
            var other = model.ElementAt(random.Next(model.Count)).Key;
            nint last = 0;
            foreach (ref var value in pool)
            {
                var slot = (nint)Unsafe.AsPointer(ref value);
                Assert.True(slot > last && model.ContainsKey(slot));
                last = slot;
                if (random.Next(6) == 0)
                    FreeOne(slot);
                if (model.ContainsKey(other) && random.Next(10) == 0)
                    FreeOne(other);
            }
        }
    }

    [LinuxTheory]
    [MemberData(nameof(Cases))]
    public void A_map_behaves_as_without_pages(int every, int zone, int maximum)
    {
        var random = new Random(GuardSeed.Next(output));
        using var arena = Make(every, zone);
        using var map = new HandleMap<long>(arena, new PoolOptions { SlabBytes = 4_096, MaximumSlots = maximum });
        using var other = new HandleMap<long>(arena);
        var live = new List<(Handle<long> Handle, long Value)>();
        List<Handle<long>> stale = [];
        for (var step = 0; step < Steps; step++)
        {
            var index = live.Count == 0 ? 0 : random.Next(live.Count);
            switch (random.Next(20))
            {
                case < 10:
                    Assert.Equal(maximum == 0 || live.Count < maximum, map.TryAllocate(step, out var handle));
                    if (map.Contains(handle))
                        live.Add((handle, step));
                    break;
                case < 18 when live.Count > 0:
                    Assert.Equal(live[index].Value, map[live[index].Handle]);
                    Assert.True(map.Free(live[index].Handle));
                    stale.Add(live[index].Handle);
                    live.RemoveAt(index);
                    break;
                case 18 when random.Next(40) == 0:
                    map.Clear();
                    stale.AddRange(live.Select(each => each.Handle));
                    live.Clear();
                    break;
                case 19:
                    map.Trim();
                    other.Free(other.Allocate(1));
                    break;
            }
            Assert.Equal(live.Count, map.LiveCount);
            Assert.All(stale.TakeLast(20), handle => Assert.False(map.Contains(handle) || map.Free(handle)));
            if (step % 100 == 0)
                Compare();
            if (step == Steps / 2)
                arena.DetachGuard();
        }
        arena.Verify();
        Assert.All(stale, handle => Assert.False(map.Contains(handle)));
        map.Clear();

        void Compare()
        {
            Dictionary<Handle<long>, long> shown = [];
            foreach (var entry in map)
                shown.Add(entry.Handle, entry.Value);
            Assert.Equal(live.Count, shown.Count);
            Assert.All(live, each => Assert.Equal(each.Value, shown[each.Handle]));
        }
    }

    private static PageArena Make(int every, int zone) => new(new PageArenaOptions
    {
        Name = "model",
        Guard = new GuardOptions
        {
            GuardedPages = true,
            SampleEvery = every,
            RedZoneBytes = zone,
            Poison = zone != 0,
        },
    });
}
