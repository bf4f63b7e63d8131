using System.Runtime.CompilerServices;
using Arena.Collections;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Collections;

/// <summary>Leaks of containers are named by the line that made the container, wherever it grew.</summary>
public sealed class ContainerLeakTests : IDisposable
{
    private readonly PageArena _arena = new("test");
    private readonly Heap _heap;

    public ContainerLeakTests() => _heap = new Heap(_arena);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Each_container_is_named_by_the_line_that_made_it()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var first = Here() + 1;
        var list = new NativeList<int>(_heap);
        var queue = new NativeQueue<int>(_heap);
        var dictionary = new NativeDictionary<int, int>(_heap);
        var set = new NativeHashSet<int>(_heap);
        var sparse = new NativeSparseSet<int>(_heap);
        var bits = new NativeBitSet(_heap, 100);
        var text = new NativeText(_heap);
        var writer = new NativeBufferWriter<byte>(_heap);
        var owner = new NativeMemoryOwner<byte>(_heap, 100);
        for (var i = 0; i < 1000; i++)
            Fill(ref list, ref queue, ref dictionary, ref set, ref sparse, ref text, i);
        writer.GetSpan(10_000);

        var sites = tracker.Report().Sites;
        Assert.Equal(Enumerable.Range(first, 9), sites.Select(site => site.Line).Order());
        Assert.All(sites, site => Assert.Equal("ContainerLeakTests.cs", Path.GetFileName(site.File)));
        Assert.All(
            sites, site => Assert.Equal(nameof(Each_container_is_named_by_the_line_that_made_it), site.Member));

        list.Dispose();
        queue.Dispose();
        dictionary.Dispose();
        set.Dispose();
        sparse.Dispose();
        bits.Dispose();
        text.Dispose();
        writer.Dispose();
        ((IDisposable)owner).Dispose();
        Assert.Equal(0, tracker.Report().LiveCount);
        Assert.Equal(0, _heap.LiveCount);
    }

    [Fact]
    public void An_allocation_has_the_tag_of_its_allocator()
    {
        using var tracker = LeakTracker.Attach(_arena);
        _heap.Tag = "trails";
        using var list = new NativeList<int>(_heap, 10);
        Assert.Equal("trails", Assert.Single(tracker.Report().Sites).Tag);
    }

    [Fact]
    public void An_element_of_a_pool_that_is_freed_with_its_list_leaks_by_name()
    {
        using var pool = new Pool<Ship>(_arena);
        using var map = new HandleMap<Ship>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        unsafe
        {
            var ship = pool.Allocate();
            *ship = Ship.Make(_heap);
            ship->Trail.Add(1);
            pool.Free(ship);
        }
        Assert.Equal(Ship.Line, Assert.Single(tracker.Report().Sites).Line);

        var handle = map.Allocate(Ship.Make(_heap));
        map[handle].Trail.Add(2);
        map.Free(handle);
        Assert.Equal((Ship.Line, 2), (tracker.Report().Sites[0].Line, tracker.Report().Sites[0].Count));

        handle = map.Allocate(Ship.Make(_heap));
        for (var i = 0; i < 100; i++)
            map[handle].Trail.Add(i);
        Assert.Equal(99, map[handle].Trail[99]);
        map[handle].Trail.Dispose();
        map.Free(handle);
        Assert.Equal(2, tracker.Report().LiveCount);
    }

    [Fact]
    public void An_element_of_a_dense_map_that_is_freed_with_its_list_leaks_by_name()
    {
        using var map = new DenseHandleMap<Ship>(_arena);
        using var tracker = LeakTracker.Attach(_arena);
        var first = map.Allocate(Ship.Make(_heap));
        var second = map.Allocate(Ship.Make(_heap));
        map[first].Trail.Add(1);
        map[second].Trail.AddRange([1, 2, 3]);
        map.Free(first);
        // It moved to the front, with its list.
        Assert.Equal([1, 2, 3], map[second].Trail.AsSpan().ToArray());
        map[second].Trail.Dispose();
        map.Free(second);
        var site = Assert.Single(tracker.Report().Sites);
        Assert.Equal(("ContainerLeakTests.cs", Ship.Line, 1), (Path.GetFileName(site.File), site.Line, site.Count));
    }

    private static void Fill(
        ref NativeList<int> list, ref NativeQueue<int> queue, ref NativeDictionary<int, int> dictionary,
        ref NativeHashSet<int> set, ref NativeSparseSet<int> sparse, ref NativeText text, int i)
    {
        list.Add(i);
        queue.Enqueue(i);
        dictionary.TryAdd(i, i);
        set.Add(i);
        sparse.Add(i, i);
        text.Append($"{i} ");
    }

    private static int Here([CallerLineNumber] int line = 0) => line;

    private struct Ship
    {
        public NativeList<int> Trail;

        public static int Line { get; private set; }

        public static Ship Make(AllocatorHandle allocator)
        {
            Line = Here() + 1;
            return new Ship { Trail = new NativeList<int>(allocator) };
        }
    }
}
