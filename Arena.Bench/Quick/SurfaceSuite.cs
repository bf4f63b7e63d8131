using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using Arena.Pools;
using Heap = Arena.Pools.Heap;

namespace Arena.Bench.Quick;

/// <summary>C6, C7: many in one call beside one by one, and dense maps. Run where they are named.</summary>
internal static class SurfaceSuite
{
    private const string Range = "in one call";
    private const string Singly = "one by one";
    private const double PoolLimit = 0.5;
    private const double HeapLimit = 0.6;

    public static IEnumerable<(string Id, Func<Experiment> Make)> All()
    {
        foreach (var drain in new[] { Drain.FirstFirst, Drain.Random })
        {
            var id = drain == Drain.Random ? "random" : "order";
            yield return ($"C6-pool-{id}", () => Ranges(
                $"C6-pool-{id}", drain, PoolLimit, arena => Of(new Pool<Node64>(arena)),
                arena => new RangeLoop<PoolRanges<Node64>>(new(new(arena)), drain)));
            yield return ($"C6-heap-{id}", () => Ranges(
                $"C6-heap-{id}", drain, HeapLimit, arena => Of(new Heap(arena)),
                arena => new RangeLoop<HeapRanges>(new(new(arena)), drain)));
            yield return ($"C6-shared-heap-{id}", () => Ranges(
                $"C6-shared-heap-{id}", drain, HeapLimit, arena => Of(new SharedHeap(arena)),
                arena => new RangeLoop<SharedRanges>(new(new(arena)), drain)));
            yield return ($"C6-shared-pool-{id}", () => Ranges(
                $"C6-shared-pool-{id}", drain, PoolLimit, arena => Of(new SharedPool<Node64>(arena)),
                arena => new RangeLoop<SharedPoolRanges<Node64>>(new(new(arena)), drain)));

            Workload Of(object allocator) => allocator switch
            {
                Pool<Node64> pool => new RangeLoop<OneByOne<PoolSlots<Node64>>>(new(new(pool)), drain),
                Heap heap => new RangeLoop<OneByOne<HeapSlots<Node64>>>(new(new(heap)), drain),
                SharedHeap heap => new RangeLoop<OneByOne<SharedHeapSlots<Node64>>>(new(new(heap)), drain),
                SharedPool<Node64> pool => new RangeLoop<OneByOne<SharedSlots<Node64>>>(new(new(pool)), drain),
                _ => throw new ArgumentException("no such allocator", nameof(allocator)),
            };
        }
        yield return ("C7-churn", Churn);
        yield return ("C7-walk-100", () => Walk(100));
        yield return ("C7-walk-5", () => Walk(5));
    }

    private static Experiment Ranges(
        string id, Drain drain, double limit, Func<PageArena, Workload> singly, Func<PageArena, Workload> range)
    {
        var order = drain == Drain.Random ? "at random" : "in their order";
        var e = Make(id, $"allocate 1,000 of 64 B, free them {order}", "allocation", out var arena);
        e.Contestants.Add(Contestant.Of(Range, range(arena)));
        e.Contestants.Add(Contestant.Of(Singly, singly(arena)));
        if (drain == Drain.Random)
            e.Contestants.Add(Contestant.Of("the shuffling alone (in both)", new RangeLoop<NoRanges>(default, drain)));
        e.Promises.Add(new Promise(Range, Singly, limit));
        return e;
    }

    private static Experiment Churn()
    {
        const string Dense = "DenseHandleMap";
        const string Map = "HandleMap";
        var e = Make(
            "C7-churn", $"{HandleChurn<MapHandles>.LiveCount:N0} values of 64 B by handle; replace a random one",
            "replacement", out var arena);
        e.Contestants.Add(Contestant.Of(Dense, new HandleChurn<DenseHandles>(new(new(arena)))));
        e.Contestants.Add(Contestant.Of(Map, new HandleChurn<MapHandles>(new(new(arena)))));
        e.Promises.Add(new Promise(Dense, Map, 1.5));
        return e;
    }

    private static Experiment Walk(int percent)
    {
        const string Dense = "DenseHandleMap";
        const string Limit = "dense array (limit)";
        var e = new Experiment(
            $"C7-walk-{percent}", $"visit what is left of {Survivors.SlotCount:N0} values of 64 B, {percent} %",
            "value");
        e.Contestants.Add(Contestant.Of(Dense, new DenseMapWalk(percent)));
        e.Contestants.Add(Contestant.Of(Limit, new DenseWalk(percent)));
        e.Promises.Add(new Promise(Dense, Limit, 1.05));
        return e;
    }

    private static Experiment Make(string id, string title, string unit, out PageArena arena)
    {
        arena = new PageArena("bench");
        var e = new Experiment(id, title, unit);
        e.Ground.Add(arena);
        return e;
    }
}
