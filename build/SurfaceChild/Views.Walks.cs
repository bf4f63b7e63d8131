using System.Runtime.CompilerServices;
using Arena.Pools;

namespace SurfaceChild;

// Walks that have begun, have more to show in the same word, and are continued after Dispose. Current stays an address:
// a caller must not touch the memory.
internal static unsafe partial class Views
{
    private const int Walked = 5;
    private const string GoesOn = "MoveNext goes on after Dispose";

    private static string?[] LookAtPoolWalk(World world, Action<object> dispose)
    {
        var pool = new Pool<long>(world.Arena);
        for (var i = 0; i < Walked; i++)
            pool.Allocate();
        var walk = pool.GetEnumerator();
        walk.MoveNext();
        var address = (nint)Unsafe.AsPointer(ref walk.Current);
        dispose(pool);
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (ObjectDisposedException)
        {
            return [Same(address, (nint)Unsafe.AsPointer(ref walk.Current))];
        }
    }

    private static string?[] LookAtSharedPoolWalk(World world, Action<object> dispose)
    {
        var pool = new SharedPool<long>(world.Arena);
        for (var i = 0; i < Walked; i++)
            pool.Allocate();
        var walk = pool.GetEnumerator();
        walk.MoveNext();
        var address = (nint)Unsafe.AsPointer(ref walk.Current);
        dispose(pool);
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (ObjectDisposedException)
        {
            return [Same(address, (nint)Unsafe.AsPointer(ref walk.Current))];
        }
    }

    private static string?[] LookAtMapWalk(World world, Action<object> dispose)
    {
        var map = new HandleMap<long>(world.Arena);
        for (var i = 0; i < Walked; i++)
            map.Allocate(i);
        var walk = map.GetEnumerator();
        walk.MoveNext();
        var handle = walk.Current.Handle;
        dispose(map);
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (ObjectDisposedException)
        {
            return [walk.Current.Handle == handle ? null : "Current is another handle after Dispose"];
        }
    }

    private static string?[] LookAtHeapWalk(World world, Action<object> dispose)
    {
        var heap = new Heap(world.Arena);
        for (var i = 0; i < Walked; i++)
            heap.Allocate(64);
        return LookAtWalk(heap.Allocations(), () => dispose(heap));
    }

    private static string?[] LookAtSharedHeapWalk(World world, Action<object> dispose)
    {
        var heap = new SharedHeap(world.Arena);
        for (var i = 0; i < Walked; i++)
            heap.Allocate(64);
        return LookAtWalk(heap.Allocations(), () => dispose(heap));
    }

    private static string?[] LookAtWalk(AllocationWalk walk, Action dispose)
    {
        walk.MoveNext();
        var address = (nint)walk.Current.Address;
        dispose();
        try
        {
            walk.MoveNext();
            return [GoesOn];
        }
        catch (ObjectDisposedException)
        {
            return [Same(address, (nint)walk.Current.Address)];
        }
    }

    private static string? Same(nint before, nint after) =>
        before == after ? null : "Current is something else after Dispose";
}
