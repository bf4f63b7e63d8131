using Arena;
using Arena.Collections;
using Arena.Pools;

namespace SurfaceChild;

/// <summary>Reads an object, disposes it, reads it again, and returns what was wrong.</summary>
internal delegate string?[] Look(World world, Action<object> dispose);

/// <summary>
/// Views that live on the stack and that a caller may keep beyond Dispose: walks, scopes, parts of threads.
/// </summary>
internal static unsafe partial class Views
{
    /// <summary>The checks by type; each object has something alive in it.</summary>
    public static readonly IReadOnlyDictionary<Type, Look[]> All = new Dictionary<Type, Look[]>
    {
        [typeof(FrameScope)] = [LookAtScope],
        [typeof(MemoryTagScope)] = [LookAtTag],
        [typeof(AllocationWalk)] = [LookAtHeapWalk, LookAtSharedHeapWalk],
        [typeof(LocalHeap)] = [LookAtLocalHeap],
        [typeof(LocalPool<>)] = [LookAtLocalPool],
        [typeof(PinnedBytes)] = [LookAtPin],
        [typeof(Pool<>.Enumerator)] = [LookAtPoolWalk],
        [typeof(SharedPool<>.Enumerator)] = [LookAtSharedPoolWalk],
        [typeof(HandleMap<>.Enumerator)] = [LookAtMapWalk],
        [typeof(NativeList<>.Enumerator)] = [LookAtListWalk],
        [typeof(NativeQueue<>.Enumerator)] = [LookAtQueueWalk],
        [typeof(NativeDictionary<,>.Enumerator)] = [LookAtDictionaryWalk],
        [typeof(NativeHashSet<>.Enumerator)] = [LookAtSetWalk],
        // References, of walks that are checked above.
        [typeof(HandleMap<>.Entry)] = [],
        [typeof(NativeDictionary<,>.Entry)] = [],
        // The compiler's; it lives for one call.
        [typeof(TextInterpolation)] = [],
    };

    private static string?[] LookAtScope(World world, Action<object> dispose)
    {
        var frames = new FrameAllocator(world.Arena);
        var scope = frames.Scope();
        dispose(frames);
        try
        {
            scope.Dispose();
            return ["Dispose rewinds a frame that is gone"];
        }
        catch (ObjectDisposedException)
        {
            return [];
        }
    }

    private static string?[] LookAtTag(World world, Action<object> dispose)
    {
        using (MemoryTag.Begin("tag"))
            dispose(new Heap(world.Arena));
        return [MemoryTag.Current is null ? null : "the tag outlives its scope"];
    }

    private static string?[] LookAtLocalHeap(World world, Action<object> dispose)
    {
        var heap = new SharedHeap(world.Arena);
        var stale = heap.Allocate(100);
        var local = heap.Local();
        local.Free(local.Allocate(50));
        dispose(heap);
        List<string?> findings = [];
        for (var call = 0; call < 4; call++)
        {
            try
            {
                _ = call switch
                {
                    0 => local.Allocate(50) == null,
                    1 => local.TryAllocate(50, 16, out _),
                    _ => Free(local, call == 2 ? stale : null),
                };
                findings.Add($"call {call} answers after Dispose");
            }
            catch (ObjectDisposedException)
            {
            }
        }
        return [.. findings];
    }

    private static string?[] LookAtPin(World world, Action<object> dispose)
    {
        var heap = new RelocatableHeap(world.Arena);
        var pin = heap.Pin(heap.Allocate(100));
        dispose(heap);
        List<string?> findings = [];
        try
        {
            findings.Add(pin.Bytes.IsEmpty ? null : "Bytes shows memory that is gone");
        }
        catch (ObjectDisposedException)
        {
        }
        try
        {
            pin.Dispose();
        }
        catch (ObjectDisposedException)
        {
        }
        return [.. findings];
    }

    private static string?[] LookAtLocalPool(World world, Action<object> dispose)
    {
        var pool = new SharedPool<long>(world.Arena);
        var stale = pool.Allocate();
        var local = pool.Local();
        local.Free(local.Allocate());
        dispose(pool);
        List<string?> findings = [];
        for (var call = 0; call < 3; call++)
        {
            try
            {
                _ = call == 0 ? local.Allocate() == null : Free(local, call == 1 ? stale : null);
                findings.Add($"call {call} answers after Dispose");
            }
            catch (ObjectDisposedException)
            {
            }
        }
        return [.. findings];
    }

    private static bool Free(LocalHeap heap, void* address)
    {
        heap.Free(address);
        return true;
    }

    private static bool Free(LocalPool<long> pool, long* slot)
    {
        pool.Free(slot);
        return true;
    }
}
