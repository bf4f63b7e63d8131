using Arena.Pools;

namespace Arena.Tests.Pools;

/// <summary>Values side by side, whatever was freed, and handles that lead to them or nowhere.</summary>
public sealed class DenseHandleMapTests : IDisposable
{
    private readonly PageArena _arena = new("dense");
    private readonly List<LeakNotice> _leaks = [];

    public DenseHandleMapTests() => _arena.LeaksFound += _leaks.Add;

    public void Dispose() => _arena.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(700)]
    public void Random_operations_agree_with_a_dictionary(int maximum)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var map = new DenseHandleMap<Line64>(_arena, new PoolOptions { MaximumSlots = maximum });
        var model = new Dictionary<Handle<Line64>, long>();
        var stale = new List<Handle<Line64>>();
        for (var step = 0; step < 40_000; step++)
        {
            var choice = random.Next(1_000);
            if (choice < 520)
            {
                var value = new Line64 { First = step };
                if (map.TryAllocate(in value, out var handle))
                    model.Add(handle, step);
                else
                    Assert.Equal(maximum, model.Count);
            }
            else if (choice < 990 && model.Count > 0)
            {
                var handle = map.Handles[random.Next(map.LiveCount)];
                Assert.True(model.Remove(handle) && map.Free(handle), $"seed {seed}");
                stale.Add(handle);
            }
            else if (choice < 996)
            {
                map.Sort((a, b) => a.First.CompareTo(b.First));
            }
            else if (choice < 999)
            {
                map.Trim();
            }
            else
            {
                map.Clear();
                stale.AddRange(model.Keys);
                model.Clear();
            }
            if (step % 500 == 0)
                Compare(map, model, stale, seed);
        }
        Compare(map, model, stale, seed);
        map.Clear();
    }

    [Fact]
    public void A_failure_to_grow_leaves_the_map_as_it_was()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", BudgetBytes = 1 << 20 });
        using var map = new DenseHandleMap<Page4096>(arena);
        var handles = new List<Handle<Page4096>>();
        while (map.TryAllocate(new Page4096 { First = handles.Count }, out var handle))
            handles.Add(handle);
        var failure = Assert.Throws<ArenaOutOfMemoryException>(() => map.Allocate(default));
        Assert.Contains("'Page4096'", failure.Message);
        Assert.Equal(handles.Count, map.LiveCount);
        for (var i = 0; i < handles.Count; i++)
            Assert.Equal(i, map[handles[i]].First);
        map.Clear();
    }

    [Fact]
    public void Its_values_may_be_arguments_of_its_own_calls()
    {
        using var map = new DenseHandleMap<Line64>(_arena);
        var first = map.Allocate(new Line64 { First = 42 });
        for (var i = 0; i < 5_000; i++)
            Assert.Equal(42, map[map.Allocate(in map[first])].First);
        map.Clear();
    }

    [Fact]
    public void Values_are_walked_as_an_array()
    {
        using var map = new DenseHandleMap<int>(_arena);
        for (var i = 0; i < 100; i++)
            map.Allocate(i);
        foreach (ref var value in map)
            value *= 2;
        Assert.Equal(Enumerable.Range(0, 100).Select(i => 2 * i), map.AsSpan().ToArray());
        Assert.Equal(7, map.IndexOf(map.Handles[7]));
        Assert.Equal(-1, map.IndexOf(default));
        map.Clear();
    }

    [Fact]
    public void Handles_of_others_are_refused()
    {
        var map = new DenseHandleMap<int>(_arena);
        using var other = new DenseHandleMap<int>(_arena);
        using var plain = new HandleMap<int>(_arena);
        var handle = map.Allocate(1);
        Assert.False(other.Contains(handle) || plain.Contains(handle) || other.Free(handle));
        Assert.Throws<InvalidOperationException>(() => other[handle]);
        map.Clear();
        map.Dispose();
        using var next = new DenseHandleMap<int>(_arena);
        for (var i = 0; i < 100; i++)
            next.Allocate(i);
        Assert.False(next.Contains(handle));
        next.Clear();
    }

    [Fact]
    public void After_dispose_every_call_is_refused()
    {
        var map = new DenseHandleMap<int>(_arena);
        var handle = map.Allocate(1);
        map.Clear();
        map.Dispose();
        map.Dispose();
        using var arena = new PageArena("gone");
        var orphan = new DenseHandleMap<int>(arena) { IgnoreLeaks = true };
        orphan.Allocate(1);
        arena.Dispose();
        foreach (var gone in new[] { map, orphan })
        {
            Assert.True(gone.IsDisposed);
            Assert.Contains("disposed", gone.ToString());
            Assert.Throws<ObjectDisposedException>(() => gone.Allocate(1));
            Assert.Throws<ObjectDisposedException>(() => gone.TryAllocate(1, out _));
            Assert.Throws<ObjectDisposedException>(() => gone[handle]);
            Assert.Throws<ObjectDisposedException>(() => gone.Free(handle));
            Assert.Throws<ObjectDisposedException>(() => gone.Contains(handle));
            Assert.Throws<ObjectDisposedException>(() => gone.Find(handle, out _));
            Assert.Throws<ObjectDisposedException>(() => gone.AsSpan().Length);
            Assert.Throws<ObjectDisposedException>(() => gone.Handles.Length);
            Assert.Throws<ObjectDisposedException>(() => gone.LiveCount);
            Assert.Throws<ObjectDisposedException>(() => gone.Sort(Comparer<int>.Default));
            Assert.Throws<ObjectDisposedException>(gone.Clear);
            Assert.Throws<ObjectDisposedException>(() => gone.Reserve(5));
            Assert.Throws<ObjectDisposedException>(() => gone.Trim());
            gone.Dispose();
        }
    }

    [Fact]
    public void What_lives_at_the_end_is_reported_with_its_bytes()
    {
        var map = new DenseHandleMap<Line64>(_arena, new PoolOptions { Name = "bodies" });
        for (var i = 0; i < 3; i++)
            map.Allocate(default);
        map.Dispose();
        var leak = Assert.Single(_leaks);
        Assert.Equal(("dense handle map", "bodies", 3), (leak.Kind, leak.AllocatorName, leak.LiveCount));
        // The value, its handle, and its slot: a place and a generation.
        Assert.Equal((nuint)(3 * (64 + 8 + 8)), leak.LiveBytes);
    }

    [Fact]
    public void It_makes_no_garbage()
    {
        using var map = new DenseHandleMap<Line64>(_arena);
        var handles = new Handle<Line64>[1_000];
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < handles.Length; i++)
                handles[i] = map.Allocate(default);
            foreach (ref var value in map)
                value.First++;
            foreach (var handle in handles)
                map.Free(handle);
        }));
    }

    private static void Compare(
        DenseHandleMap<Line64> map, Dictionary<Handle<Line64>, long> model, List<Handle<Line64>> stale, int seed)
    {
        Assert.True(model.Count == map.LiveCount, $"seed {seed}: {model.Count}, {map.LiveCount}");
        var values = map.AsSpan();
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(model[map.Handles[i]], values[i].First);
            Assert.Equal(i, map.IndexOf(map.Handles[i]));
            Assert.Equal(values[i].First, map[map.Handles[i]].First);
        }
        foreach (var handle in stale)
            Assert.False(map.Contains(handle), $"seed {seed}: {handle} resolves");
    }
}
