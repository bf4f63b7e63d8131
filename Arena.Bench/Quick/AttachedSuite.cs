using Arena.Bench.Contestants;
using Arena.Bench.Workloads;

namespace Arena.Bench.Quick;

/// <summary>
/// Measures tracking beside the same loop without an observer, and beside malloc from C#. A sample and everything
/// have experiments of their own: the tables of everything evict all other objects from the caches.
/// </summary>
internal static class AttachedSuite
{
    private const string Detached = "detached";
    private const string Malloc = "NativeMemory";

    public static IEnumerable<(string Id, Func<Experiment> Make)> All()
    {
        yield return Slots("W10-pair", SlotLoop.Pair, "nothing else alive", "pair", Tracking.Sample, 2);
        yield return Slots("W10-churn", SlotLoop.Churn, "100,000 alive", "replacement", Tracking.Sample, 1);
        yield return Heap("W10-heap", Tracking.Sample, 1);
        yield return Slots("W10-pair-all", SlotLoop.Pair, "nothing else alive", "pair", Tracking.Everything, 8);
        yield return Slots("W10-churn-all", SlotLoop.Churn, "100,000 alive", "replacement", Tracking.Everything, 4);
        yield return Heap("W10-heap-all", Tracking.Everything, 2);
    }

    private static (string Id, Func<Experiment> Make) Slots(
        string id, ISlotLoop loop, string alive, string unit, Tracking tracking, double limit) => (id, () =>
    {
        var e = new Experiment(id, $"{NameOf(tracking)}, a pool of 64 B, {alive}", unit);
        foreach (var (name, slots) in Make(e, tracking))
            e.Contestants.Add(Contestant.Of(name, loop.Make<PoolSlots<Node64>, nint>(new(slots.Pool))));
        e.Contestants.Add(Contestant.Of(Malloc, loop.Make<NativeSlots<Node64>, nint>(default)));
        e.Promises.Add(new Promise(NameOf(tracking), Malloc, limit));
        return e;
    });

    private static (string Id, Func<Experiment> Make) Heap(string id, Tracking tracking, double limit) => (id, () =>
    {
        var e = new Experiment(id, $"{NameOf(tracking)}, a heap, 20,000 alive of 16 B to 4 KiB", "replacement")
        {
            SettlingOperations = 200_000,
        };
        foreach (var (name, slots) in Make(e, tracking))
            e.Contestants.Add(Contestant.Of(name, new MixedLoop<Mix4K, HeapSizes, nint>(new(slots.Heap))));
        e.Contestants.Add(Contestant.Of(Malloc, new MixedLoop<Mix4K, NativeSizes, nint>(default)));
        e.Promises.Add(new Promise(NameOf(tracking), Malloc, limit));
        return e;
    });

    private static string NameOf(Tracking tracking) =>
        tracking == Tracking.Sample ? "a sample tracked" : "everything tracked";

    private static List<(string Name, TrackedSlots Slots)> Make(Experiment e, Tracking tracking)
    {
        List<(string Name, TrackedSlots Slots)> made =
        [
            (Detached, new TrackedSlots(Tracking.None)), (NameOf(tracking), new TrackedSlots(tracking)),
        ];
        made.ForEach(m => e.Ground.Add(m.Slots));
        return made;
    }
}
