using Arena;
using Arena.Collections;

namespace SurfaceChild;

// Containers, each in an allocator of its own.
internal static unsafe partial class Factories
{
    private static SparseAllocator OfSparse(World world)
    {
        var sparse = world.Give(new SparseAllocator(world.Arena, 1 << 20));
        ((AllocatorHandle)sparse).Allocate(100);
        return sparse;
    }

    private static AllocatorHandle OfHandle(World world)
    {
        var heap = OfHeap(world);
        world.Owner = heap;
        return world.Give((AllocatorHandle)heap);
    }

    private static NativeList<long> OfList(World world)
    {
        var list = new NativeList<long>(OfHandle(world));
        list.AddRange([1, 2, 3]);
        return list;
    }

    private static NativeQueue<long> OfQueue(World world)
    {
        var queue = new NativeQueue<long>(OfHandle(world));
        queue.Enqueue(1);
        queue.Enqueue(2);
        return queue;
    }

    private static NativeDictionary<long, long> OfDictionary(World world)
    {
        var dictionary = new NativeDictionary<long, long>(OfHandle(world));
        dictionary.TryAdd(1, 2);
        return dictionary;
    }

    private static NativeHashSet<long> OfSet(World world)
    {
        var set = new NativeHashSet<long>(OfHandle(world));
        set.Add(1);
        return set;
    }

    private static NativeSparseSet<long> OfSparseSet(World world)
    {
        var set = new NativeSparseSet<long>(OfHandle(world));
        set.Add(1, 2);
        return set;
    }

    private static NativeBitSet OfBits(World world) => new(OfHandle(world), 100);

    private static NativeText OfText(World world) => new(OfHandle(world), "text");

    private static NativeMemoryOwner<long> OfMemory(World world) => new(OfHandle(world), 10);

    private static HeapMemoryPool<long> OfMemoryPool(World world)
    {
        var pool = new HeapMemoryPool<long>(OfHandle(world));
        world.Give(pool.Rent(10));
        return pool;
    }

    private static NativeBufferWriter<long> OfWriter(World world)
    {
        var writer = new NativeBufferWriter<long>(OfHandle(world));
        writer.GetSpan(1)[0] = 1;
        writer.Advance(1);
        return writer;
    }
}
