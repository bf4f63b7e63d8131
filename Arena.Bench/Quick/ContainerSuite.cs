using Arena.Bench.Contestants;
using Arena.Bench.Workloads;
using Heap = Arena.Pools.Heap;

namespace Arena.Bench.Quick;

/// <summary>C1 to C5: containers in a heap beside those of .NET. Run where they are named: the table is long.</summary>
internal static class ContainerSuite
{
    private const int Few = 1_000;
    private const int Many = 1_000_000;

    // Multiples of 7 in random order, numbers in their order as identifiers often come, and numbers of 32 bits that
    // look random.
    private static readonly (string Suffix, Func<int, int> Key, bool InOrder)[] Numbers =
    [
        ("", key => key * 7, false),
        ("-order", key => key, true),
        ("-bits", Scatter, false),
    ];

    public static IEnumerable<(string Id, Func<Experiment> Make)> All()
    {
        yield return ("C1-add", () => Row("C1-add", RowWork.Add, Few, 1.0));
        yield return ("C1-index", () => Row("C1-index", RowWork.Index, Few, 1.0));
        yield return ("C1-walk", () => Row("C1-walk", RowWork.Walk, Few, 1.0));
        yield return ("C1-swap", () => Row("C1-swap", RowWork.RemoveAtSwapBack, Few, 1.0));
        yield return ("C1-grow", () => Row("C1-grow", RowWork.Grow, Many, 0.7));
        yield return ("C2", Ring);
        foreach (var count in new[] { Few, Many })
        {
            var size = count == Few ? "1K" : "1M";
            foreach (var (work, limit) in Works(count))
            {
                var id = $"{Name(work)}-{size}";
                foreach (var (suffix, key, inOrder) in Numbers)
                {
                    yield return ($"C3-{id}{suffix}", () => Map($"C3-{id}{suffix}", work, count, key, inOrder, limit));
                    yield return ($"C4-{id}{suffix}", () => Set($"C4-{id}{suffix}", work, count, key, inOrder, limit));
                }
                yield return ($"C3-{id}-16",
                    () => Map($"C3-{id}-16", work, count, key => new PairKey(key, ~key), inOrder: false, limit));
            }
        }
        yield return ("C5", Sparse);
    }

    private static IEnumerable<(MapWork Work, double Limit)> Works(int count)
    {
        yield return (MapWork.Hit, 0.8);
        yield return (MapWork.Miss, 0.8);
        yield return (MapWork.Insert, 0.9);
        yield return (MapWork.Walk, 1.0);
        if (count == Many)
            yield return (MapWork.Grow, 0.7);
    }

    // A bijection whose results look random.
    private static int Scatter(int key)
    {
        unchecked
        {
            var bits = (uint)key * 0x85EBCA6B;
            bits = (bits ^ bits >> 15) * 0xC2B2AE35;
            return (int)(bits ^ bits >> 16);
        }
    }

    private static string Name(MapWork work) => work switch
    {
        MapWork.Hit => "hit",
        MapWork.Miss => "miss",
        MapWork.Insert => "insert",
        MapWork.Walk => "walk",
        _ => "grow",
    };

    private static Experiment Row(string id, RowWork work, int count, double limit)
    {
        var e = Make(id, $"{work} in a list of {count:N0} ints", "element", out var heap);
        e.Contestants.Add(Contestant.Of("NativeList", new RowLoop<NativeRow>(work, count, new(heap))));
        e.Contestants.Add(Contestant.Of("List", new RowLoop<DotNetRow>(work, count, default)));
        e.Promises.Add(new Promise("NativeList", "List", limit));
        return e;
    }

    private static Experiment Ring()
    {
        var e = Make("C2", "a queue that holds 100 ints: enqueue one, dequeue one", "pair", out var heap);
        e.Contestants.Add(Contestant.Of("NativeQueue", new RingLoop<NativeRing>(new(heap))));
        e.Contestants.Add(Contestant.Of("Queue", new RingLoop<DotNetRing>(new())));
        e.Promises.Add(new Promise("NativeQueue", "Queue", 1.0));
        return e;
    }

    private static Experiment Map<TKey>(
        string id, MapWork work, int count, Func<int, TKey> key, bool inOrder, double limit)
        where TKey : unmanaged, IEquatable<TKey>
    {
        var e = Make(id, $"{work} in a dictionary of {count:N0} {typeof(TKey).Name} to int", "key", out var heap);
        e.Contestants.Add(Contestant.Of(
            "NativeDictionary", new MapLoop<NativeMap<TKey>, TKey>(work, count, new(heap), key, inOrder)));
        e.Contestants.Add(Contestant.Of(
            "Dictionary", new MapLoop<DotNetMap<TKey>, TKey>(work, count, default, key, inOrder)));
        e.Promises.Add(new Promise("NativeDictionary", "Dictionary", limit));
        return e;
    }

    private static Experiment Set(
        string id, MapWork work, int count, Func<int, int> key, bool inOrder, double limit)
    {
        var e = Make(id, $"{work} in a set of {count:N0} ints", "item", out var heap);
        e.Contestants.Add(Contestant.Of(
            "NativeHashSet", new MapLoop<NativeSet<int>, int>(work, count, new(heap), key, inOrder)));
        e.Contestants.Add(Contestant.Of(
            "HashSet", new MapLoop<DotNetSet<int>, int>(work, count, default, key, inOrder)));
        e.Promises.Add(new Promise("NativeHashSet", "HashSet", limit));
        return e;
    }

    private static Experiment Sparse()
    {
        const int count = 100_000;
        var e = new Experiment("C5", $"{count:N0} values of 8 bytes by id, walked", "value");
        e.Contestants.Add(Contestant.Of("NativeSparseSet", new SparseWalk(count)));
        e.Contestants.Add(Contestant.Of("array", new ArrayWalk(count)));
        e.Promises.Add(new Promise("NativeSparseSet", "array", 1.0));
        return e;
    }

    private static Experiment Make(string id, string title, string unit, out Heap heap)
    {
        var e = new Experiment(id, title, unit);
        var arena = new PageArena("bench");
        e.Ground.Add(arena);
        heap = new Heap(arena);
        return e;
    }
}
