using System.Runtime.InteropServices;
using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>
/// A handle whose value was freed never resolves, whatever becomes of its slot, its map and its pages.
/// </summary>
public sealed unsafe class StaleHandleTests : IDisposable
{
    private readonly PageArena _arena = new("stale");

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(128, 0)]
    [InlineData(4096, 0)]
    [InlineData(0, 16 << 10)]
    public void Handles_of_a_disposed_map_do_not_resolve_in_the_next_one(int alignment, int slabBytes)
    {
        var options = new PoolOptions { Alignment = alignment, SlabBytes = slabBytes };
        var map = new HandleMap<Line64>(_arena, options);
        var stale = Fill(map, alignment == 4096 ? 3_000 : 100_000);
        map.Dispose();
        using var next = new HandleMap<Line64>(_arena, options);
        foreach (var count in new[] { 0, 1, 500, 20_000 })
        {
            Fill(next, alignment == 4096 ? count / 20 : count);
            RefuseAll(next, stale);
        }
        next.Clear();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Handles_of_an_arena_do_not_resolve_in_another_one_of_its_name(bool isDisposedFirst)
    {
        for (var round = 0; round < 20; round++)
        {
            var former = new PageArena("level");
            using var map = new HandleMap<Line64>(former);
            var stale = Fill(map, 1_000);
            map.Clear();
            if (isDisposedFirst)
                former.Dispose();
            using (var arena = new PageArena("level"))
            using (var next = new HandleMap<Line64>(arena))
            {
                Fill(next, 1_000);
                RefuseAll(next, stale);
                next.Clear();
            }
            former.Dispose();
        }
    }

    [Fact]
    public void Handles_of_a_map_with_another_stride_never_read_a_value_as_a_generation()
    {
        // Every value looks like every generation: were one read as such, a handle would resolve.
        var map = new HandleMap<Many>(_arena);
        var stale = Enumerable.Range(0, 20_000).Select(_ => map.Allocate(default)).ToArray();
        map.Dispose();
        using var next = new HandleMap<Long>(_arena);
        var value = default(Long);
        MemoryMarshal.Cast<byte, uint>(new Span<byte>(&value, sizeof(Long))).Fill(stale[0].Generation);
        for (var i = 0; i < 5_000; i++)
            next.Allocate(value);
        // The handles could have come over a wire, or through a cast: they have every index and generation except those
        // of live values.
        var live = new HashSet<uint>();
        foreach (var entry in next)
            live.Add(entry.Handle.Index);
        for (var index = 0u; index < 200_000; index++)
        {
            var resolves = next.TryGet(new(index, stale[0].Generation), out _);
            Assert.True(!resolves || live.Contains(index), $"{index} resolves");
            Assert.False(!live.Contains(index) && next.Free(new(index, stale[0].Generation)));
        }
        Assert.Equal(5_000, next.LiveCount);
        next.Clear();
    }

    [Fact]
    public void A_stale_free_changes_nothing_where_a_slab_has_addresses_only()
    {
        var options = new PoolOptions { MaximumSlots = 8192 };
        var first = new HandleMap<Sixty>(_arena, options);
        var stale = first.Allocate(default);
        first.Dispose();
        using var map = new HandleMap<Sixty>(_arena, options);
        map.Trim();
        Assert.False(map.Free(stale));
        Assert.Equal(0, map.LiveCount);
        _arena.Trim();
        Assert.False(map.TryGet(stale, out _));
        Assert.False(map.Free(stale));
        var handles = Enumerable.Range(0, 8192).Select(_ => map.Allocate(default)).ToArray();
        Assert.Equal(8192, handles.Distinct().Count());
        Assert.False(map.Free(stale));
        Assert.Equal(8192, map.LiveCount);
        map.Clear();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Twelve_maps_that_come_and_go_never_resolve_each_others_handles(int seed)
    {
        var random = new Random(seed);
        var maps = new HandleMap<Sixty>[12];
        var live = new List<Handle<Sixty>>[12];
        var stale = new HashSet<Handle<Sixty>>();
        for (var step = 0; step < 400; step++)
        {
            var i = random.Next(maps.Length);
            if (maps[i] is null || maps[i].IsDisposed)
            {
                maps[i] = new(_arena, new() { SlabBytes = random.Next(3) * 16 << 10, Alignment = 8 << random.Next(5) });
                live[i] = [];
            }
            for (var n = random.Next(3000); n > 0; n--)
            {
                var handle = maps[i].Allocate(default);
                Assert.True(!stale.Contains(handle), $"seed {seed}, step {step}: a handle came back");
                live[i].Add(handle);
            }
            random.Shuffle(CollectionsMarshal.AsSpan(live[i]));
            var kept = random.Next(live[i].Count + 1);
            foreach (var handle in live[i][kept..])
                Assert.True(maps[i].Free(handle));
            stale.UnionWith(live[i][kept..]);
            live[i].RemoveRange(kept, live[i].Count - kept);
            switch (random.Next(6))
            {
                case 0: maps[i].Trim(); break;
                case 1: _arena.Trim(); break;
                case 2:
                    maps[i].Dispose();
                    stale.UnionWith(live[i]);
                    break;
            }
            Check(maps, live, stale, $"seed {seed}, step {step}", random);
        }
        Array.ForEach(maps, map => map?.Dispose());
    }

    private static void Check(
        HandleMap<Sixty>[] maps, List<Handle<Sixty>>[] live, HashSet<Handle<Sixty>> stale, string what, Random random)
    {
        var some = stale.Where(_ => random.Next(200) == 0).ToArray();
        for (var i = 0; i < maps.Length; i++)
        {
            if (maps[i] is null || maps[i].IsDisposed)
                continue;
            Assert.True(maps[i].LiveCount == live[i].Count, what);
            foreach (var handle in some)
                Assert.True(!maps[i].TryGet(handle, out _) && !maps[i].Free(handle), $"{what}: {handle} resolves");
            foreach (var handle in live[(i + 1) % maps.Length]?.Take(50) ?? [])
                Assert.True(!maps[i].TryGet(handle, out _), $"{what}: {handle} resolves in another map");
            foreach (var handle in live[i].Take(50))
                Assert.True(maps[i].TryGet(handle, out _), $"{what}: {handle} was lost");
        }
    }

    private static Handle<Line64>[] Fill(HandleMap<Line64> map, int count) =>
        [.. Enumerable.Range(0, count).Select(i => map.Allocate(new Line64 { First = -1, Second = i }))];

    private static void RefuseAll(HandleMap<Line64> map, Handle<Line64>[] stale)
    {
        var liveCount = map.LiveCount;
        foreach (var handle in stale)
            Assert.True(!map.TryGet(handle, out _) && !map.Free(handle), $"{handle} resolves");
        Assert.Equal(liveCount, map.LiveCount);
    }

    [StructLayout(LayoutKind.Sequential, Size = 60)]
    private struct Sixty
    {
        public int First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 20)]
    private struct Many
    {
        public int First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 1000)]
    private struct Long
    {
        public int First;
    }
}
