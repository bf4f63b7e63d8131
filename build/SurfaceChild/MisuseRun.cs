using Arena;
using Arena.Pools;

namespace SurfaceChild;

/// <summary>
/// Uses objects for one thread from several at a time, again and again: no run may end the process, and the exceptions
/// say what to do.
/// </summary>
internal sealed unsafe class MisuseRun(string kind, int runs)
{
    private const int Calls = 200_000;
    private const string Name = "bullets";
    private readonly Log _log = new();

    public int Play()
    {
        var noticed = 0;
        for (var run = 0; run < runs; run++)
        {
            _log.Calling($"{kind} from several threads, run {run}");
            if (Use())
                noticed++;
        }
        Console.WriteLine($"{noticed} of {runs} runs were noticed");
        return _log.End();
    }

    // Returns whether it was noticed.
    private bool Use()
    {
        using var arena = new PageArena("misused");
        var addresses = new nint[Calls];
        try
        {
            Parallel.For(0, Calls, Body(arena, addresses));
        }
        catch (AggregateException misuse)
        {
            foreach (var inner in misuse.Flatten().InnerExceptions.Where(inner => !IsNotice(inner)))
                _log.Found($"{kind}: {inner}");
            return true;
        }
        // Seen neither: two threads that met on the fast path alone. It happens, and is no finding.
        if (Calls - addresses.Distinct().Count() is not 0 and var twice)
            Console.WriteLine($"{twice} of {Calls} were handed out twice, and no call threw");
        return false;
    }

    private Action<int> Body(PageArena arena, nint[] addresses)
    {
        switch (kind)
        {
            case "pool":
                var pool = new Pool<long>(arena, new PoolOptions { Name = Name });
                return i => *(long*)(addresses[i] = (nint)pool.Allocate()) = i;
            case "map":
                var map = new HandleMap<long>(arena, new PoolOptions { Name = Name });
                return i =>
                {
                    map.TryGet(map.Allocate(i), out var value);
                    // This is not found if another thread got the same slot.
                    addresses[i] = value == null ? -1 : (nint)value;
                };
            case "heap":
                var heap = new Heap(arena, Name);
                return i => *(long*)(addresses[i] = (nint)heap.Allocate((nuint)(8 + i % 100))) = i;
            case "frames":
                var frames = new FrameAllocator(arena, name: Name);
                return i => *(long*)(addresses[i] = (nint)frames.Allocate(sizeof(long))) = i;
            default:
                throw new ArgumentException($"There is no {kind}.");
        }
    }

    private static bool IsNotice(Exception thrown) =>
        thrown is InvalidOperationException and not ObjectDisposedException
        && thrown.Message.Contains($"'{Name}'", StringComparison.Ordinal)
        && thrown.Message.Contains("per worker", StringComparison.Ordinal);
}
