using Arena.Bench.Contestants;
using Arena.Pools;

namespace Arena.Bench.Worst;

/// <summary>Pools and handle maps: growth, slabs that come and go, holes that are filled again.</summary>
internal static unsafe class PoolScenarios
{
    private const int SmallSlab = 64 << 10;

    public static IEnumerable<Scenario> All()
    {
        yield return new("pool", (size, r) => Pool("pool", size, 0, r));
        yield return new("pool-slabs", (size, r) => Pool("pool, slabs of 64 KiB", size, SmallSlab, r));
        yield return new("pool-holes", (size, r) => Holes("pool, every other 128 KiB a hole", size, r));
        yield return new("pool-small-slabs", (size, r) => Pool("pool, slabs of 4 KiB", size, 4 << 10, r));
        yield return new("map", (size, r) => Map("handle map", size, 0, r));
        yield return new("map-slabs", (size, r) => Map("handle map, slabs of 64 KiB", size, SmallSlab, r));
    }

    private static void Pool(string name, int size, int slabBytes, Recorder r)
    {
        using var arena = new PageArena(name);
        using var pool = new Pool<Node64>(arena, new PoolOptions { SlabBytes = slabBytes });
        var slots = new nint[size];
        Allocate(r[name + ": grow"], 0);
        Shuffle(slots);
        // Most go, so that a trim makes holes between the others; these are filled again.
        Free(r[name + ": free nine in ten"], size / 10);
        Time(r[name + ": Trim()"], () => pool.Trim());
        Allocate(r[name + ": refill after Trim"], size / 10);
        Shuffle(slots);
        Free(r[name + ": free all, slabs retire"], 0);
        void Allocate(CallTimes times, int from)
        {
            for (var i = from; i < size; i++)
            {
                times.Begin();
                var slot = pool.Allocate();
                slot->Value = 1;
                times.End();
                slots[i] = (nint)slot;
            }
        }
        void Free(CallTimes times, int from)
        {
            for (var i = from; i < size; i++)
            {
                times.Begin();
                pool.Free((Node64*)slots[i]);
                times.End();
            }
        }
    }

    // Trim makes a hole of every other run of slots, and the allocations that follow fill them one by one.
    private static void Holes(string name, int size, Recorder r)
    {
        using var arena = new PageArena(name);
        using var pool = new Pool<Node64>(arena);
        var slots = new nint[size];
        for (var i = 0; i < size; i++)
            slots[i] = (nint)pool.Allocate();
        for (var i = 0; i < size; i++)
        {
            if ((i >> 11 & 1) != 0)
                pool.Free((Node64*)slots[i]);
        }
        pool.Trim();
        var times = r[name + ": refill"];
        for (var i = 0; i < size / 2; i++)
        {
            times.Begin();
            pool.Allocate()->Value = 1;
            times.End();
        }
        pool.Clear();
    }

    private static void Map(string name, int size, int slabBytes, Recorder r)
    {
        using var arena = new PageArena(name);
        using var map = new HandleMap<Node64>(arena, new PoolOptions { SlabBytes = slabBytes });
        var handles = new Handle<Node64>[size];
        Allocate(r[name + ": grow"], 0);
        Shuffle(handles);
        Free(r[name + ": free nine in ten"], size / 10);
        Time(r[name + ": Trim()"], () => map.Trim());
        Allocate(r[name + ": refill after Trim"], size / 10);
        Shuffle(handles);
        Free(r[name + ": free all, slabs retire"], 0);
        void Allocate(CallTimes times, int from)
        {
            for (var i = from; i < size; i++)
            {
                times.Begin();
                handles[i] = map.Allocate(default);
                times.End();
            }
        }
        void Free(CallTimes times, int from)
        {
            for (var i = from; i < size; i++)
            {
                times.Begin();
                map.Free(handles[i]);
                times.End();
            }
        }
    }

    private static void Time(CallTimes times, Action call)
    {
        times.Begin();
        call();
        times.End();
    }

    /// <summary>Shuffles, in the same way each time.</summary>
    public static void Shuffle<T>(T[] items) => new Random(1).Shuffle(items);
}
