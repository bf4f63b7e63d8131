using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.CodeSize;

/// <summary>Calls every method of <see cref="HotPaths"/>, in the process in which the JIT shows them.</summary>
internal static unsafe class HotPathCalls
{
    private const int CallsPerRound = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Calls every method until the JIT has had time for its final code. The runtime writes what the JIT shows,
    /// see <see cref="CodeSizeRun"/>.
    /// </summary>
    /// <param name="time">The time to spend on calls.</param>
    /// <param name="watched">True if an observer comes and goes before.</param>
    public static void Run(TimeSpan time, bool watched)
    {
        using var arena = new PageArena("hot paths");
        var calls = Calls(arena);
        if (watched)
        {
            var observer = new IdleObserver();
            arena.Attach(observer);
            calls.ForEach(call => call());
            arena.Detach(observer);
        }
        // Every method is compiled once before the JIT's own thread begins with final code: both write to one file.
        calls.ForEach(call => call());
        for (var end = DateTime.UtcNow + time; DateTime.UtcNow < end; Thread.Sleep(Pause))
        {
            for (var i = 0; i < CallsPerRound; i++)
                calls.ForEach(call => call());
        }
    }

    private static List<Action> Calls(PageArena arena)
    {
        var pool = new Pool<Node64>(arena);
        var pool48 = new Pool<Node48>(arena);
        var map = new HandleMap<Node64>(arena);
        var heap = new Heap(arena);
        var shared = new SharedHeap(arena);
        var sharedPool = new SharedPool<Node64>(arena);
        var frames = new FrameAllocator(arena);
        var kept = map.Allocate(default);
        var relocatable = new RelocatableHeap(arena);
        var movable = relocatable.Allocate((nuint)sizeof(Node64));
        return
        [
            () => HotPaths.PoolFree(pool, HotPaths.PoolAllocate(pool)),
            () => HotPaths.PoolFree48(pool48, HotPaths.PoolAllocate48(pool48)),
            () => HotPaths.PoolWalk(pool),
            () => HotPaths.HandleRead(map, kept),
            () => HotPaths.HandleTryGet(map, kept),
            () => HotPaths.RelocatableRead(relocatable, movable),
            () => HotPaths.HeapFree(heap, HotPaths.HeapAllocate(heap)),
            () => HotPaths.SharedHeapFree(shared, HotPaths.SharedHeapAllocate(shared)),
            () => HotPaths.SharedPoolFree(sharedPool, HotPaths.SharedPoolAllocate(sharedPool)),
            () => HotPaths.FrameAllocate(frames),
            frames.NextFrame,
        ];
    }

    private sealed class IdleObserver : IAllocationObserver
    {
        public void Allocated(in AllocationEvent allocation)
        {
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
        }

        public void Cleared(Allocator allocator)
        {
        }
    }
}
