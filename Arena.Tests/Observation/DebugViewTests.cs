using System.Diagnostics;
using System.Reflection;
using Arena.Pools;

namespace Arena.Tests.Observation;

/// <summary>The debugger's views, made as a debugger makes them: by the attribute's type, with one argument.</summary>
public sealed unsafe class DebugViewTests : IDisposable
{
    private readonly PageArena _arena = new("shown");

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Pools_maps_and_heaps_show_what_lives_in_them()
    {
        var pool = new Pool<long>(_arena);
        var map = new HandleMap<int>(_arena);
        var heap = new Heap(_arena);
        var buddy = new BuddyAllocator(_arena, 1 << 20);
        *pool.Allocate() = 7;
        *pool.Allocate() = 8;
        pool.Free(pool.Allocate());
        var handle = map.Allocate(5);
        heap.Allocate(100);
        var region = buddy.Allocate(60);
        Assert.Equal([7L, 8], (long[])Root(pool));
        Assert.Equal([new KeyValuePair<Handle<int>, int>(handle, 5)], (KeyValuePair<Handle<int>, int>[])Root(map));
        Assert.Equal((nuint)112, Assert.Single((Allocation[])Root(heap)).ByteCount);
        Assert.Equal([$"0x{(nuint)region:x} of 64 bytes"], (string[])Root(buddy));
        Assert.Equal(5, ((Allocator[])Root(_arena)).Length);
        foreach (var disposable in new IDisposable[] { pool, map, heap, buddy })
        {
            disposable.Dispose();
            Assert.Empty((Array)Root(disposable));
            ReadAll(ViewOf(disposable));
        }
    }

    [Fact]
    public void Large_ones_show_their_beginning()
    {
        using var pool = new Pool<long>(_arena);
        using var heap = new Heap(_arena);
        for (var i = 0; i < 5_000; i++)
        {
            pool.Allocate();
            heap.Allocate(16);
        }
        Assert.Equal(1_000, ((Array)Root(pool)).Length);
        Assert.Equal(1_000, ((Array)Root(heap)).Length);
    }

    [Fact]
    public void Everything_met_in_a_log_reads_well()
    {
        using var pool = new Pool<long>(_arena, new PoolOptions { Name = "bullets" });
        using var map = new HandleMap<int>(_arena, new PoolOptions { Name = "ships" });
        using var heap = new Heap(_arena, "any");
        using var buddy = new BuddyAllocator(_arena, 1 << 20, name: "data");
        using var frames = new FrameAllocator(_arena, name: "scratch");
        pool.Allocate();
        var block = _arena.Allocate(1);
        Says(_arena, "PageArena 'shown'", "lent", "committed");
        Says(pool, "pool 'bullets'", "1 live");
        Says(map, "handle map 'ships'", "0 live");
        Says(map.Allocate(3), "Int32#");
        Says(heap, "heap 'any'", "0 live");
        Says(buddy, "buddy 'data'", "0 regions");
        Says(frames, "frame allocator 'scratch'", "0 bytes used");
        Says(frames.Mark(), "mark at 0x", "frame allocator 'scratch'");
        Says(default(FrameMark), "no mark");
        Says(block, "Block 0x", "bytes");
        Says(new AllocationEvent(pool, 64, 8, "/src/Game.cs", 3, "Spawn"), "8 bytes at 0x40", "Game.cs:3 (Spawn)");
        Says(_arena.Allocators()[^1], "arena 'shown'");
        _arena.Free(block);

        static void Says(object thing, params string[] parts)
        {
            foreach (var part in parts)
                Assert.Contains(part, thing.ToString(), StringComparison.Ordinal);
        }
    }

    private static object ViewOf(object shown)
    {
        var attribute = shown.GetType().GetCustomAttribute<DebuggerTypeProxyAttribute>()!;
        var view = Type.GetType(attribute.ProxyTypeName)!;
        if (view.IsGenericTypeDefinition)
            view = view.MakeGenericType(shown.GetType().GetGenericArguments());
        return Activator.CreateInstance(view, shown)!;
    }

    // The property whose elements a debugger shows in place of it.
    private static object Root(object shown)
    {
        var view = ViewOf(shown);
        var root = view.GetType().GetProperties().Single(property =>
            property.GetCustomAttribute<DebuggerBrowsableAttribute>()?.State == DebuggerBrowsableState.RootHidden);
        return root.GetValue(view)!;
    }

    private static void ReadAll(object view)
    {
        foreach (var property in view.GetType().GetProperties())
            property.GetValue(view);
    }
}
