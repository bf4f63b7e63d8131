using Arena.Collections;
using Arena.Pools;

namespace SurfaceChild;

// Walks over containers whose allocator goes, in a program that checks.
internal static unsafe partial class Views
{
    private static string?[] LookAtListWalk(World world, Action<object> dispose)
    {
        var heap = new Heap(world.Arena);
        var container = new NativeList<long>(heap);
        for (var i = 0; i < Walked; i++)
            container.Add(i);
        var walk = container.GetEnumerator();
        walk.MoveNext();
        dispose(heap);
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (InvalidOperationException)
        {
            return [];
        }
    }

    private static string?[] LookAtQueueWalk(World world, Action<object> dispose)
    {
        var heap = new Heap(world.Arena);
        var container = new NativeQueue<long>(heap);
        for (var i = 0; i < Walked; i++)
            container.Enqueue(i);
        var walk = container.GetEnumerator();
        walk.MoveNext();
        dispose(heap);
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (InvalidOperationException)
        {
            return [];
        }
    }

    private static string?[] LookAtDictionaryWalk(World world, Action<object> dispose)
    {
        var heap = new Heap(world.Arena);
        var container = new NativeDictionary<long, long>(heap);
        for (var i = 0; i < Walked; i++)
            container.TryAdd(i, i);
        var walk = container.GetEnumerator();
        walk.MoveNext();
        dispose(heap);
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (InvalidOperationException)
        {
            return [];
        }
    }

    private static string?[] LookAtSetWalk(World world, Action<object> dispose)
    {
        var heap = new Heap(world.Arena);
        var container = new NativeHashSet<long>(heap);
        for (var i = 0; i < Walked; i++)
            container.Add(i);
        var walk = container.GetEnumerator();
        walk.MoveNext();
        dispose(heap);
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (InvalidOperationException)
        {
            return [];
        }
    }
}
