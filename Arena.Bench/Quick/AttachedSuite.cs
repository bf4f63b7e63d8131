using Arena.Bench.Contestants;
using Arena.Bench.Workloads;

namespace Arena.Bench.Quick;

/// <summary>What tracking costs beside the same loop with nobody attached, and beside malloc from C#.</summary>
internal static class AttachedSuite
{
    private const string Detached = "detached";
    private const string Sampled = "a sample tracked";
    private const string Tracked = "everything tracked";
    private const string Malloc = "NativeMemory";

    public static IEnumerable<(string Id, Func<Experiment> Make)> All()
    {
        yield return ("W10-pair", () => Slots("W10-pair", SlotLoop.Pair, "nothing else alive", "pair", 2, 8));
        yield return ("W10-churn", () => Slots("W10-churn", SlotLoop.Churn, "100,000 alive", "replacement", 1, 4));
        yield return ("W10-heap", Heap);
    }

    private static Experiment Slots(
        string id, ISlotLoop loop, string alive, string unit, double sampledLimit, double trackedLimit)
    {
        var e = new Experiment(id, $"tracking a pool of 64 B, {alive}", unit);
        foreach (var (name, slots) in Make(e))
            e.Contestants.Add(Contestant.Of(name, loop.Make<PoolSlots<Node64>, nint>(new(slots.Pool))));
        e.Contestants.Add(Contestant.Of(Malloc, loop.Make<NativeSlots<Node64>, nint>(default)));
        e.Gates.Add(new Gate(Sampled, Malloc, sampledLimit));
        e.Gates.Add(new Gate(Tracked, Malloc, trackedLimit));
        return e;
    }

    private static Experiment Heap()
    {
        var e = new Experiment("W10-heap", "tracking a heap, 20,000 alive of 16 B to 4 KiB", "replacement")
        {
            SettlingOperations = 200_000,
        };
        foreach (var (name, slots) in Make(e))
            e.Contestants.Add(Contestant.Of(name, new MixedLoop<HeapSizes, nint>(new(slots.Heap), 8)));
        e.Contestants.Add(Contestant.Of(Malloc, new MixedLoop<NativeSizes, nint>(default, 8)));
        e.Gates.Add(new Gate(Tracked, Malloc, 2));
        return e;
    }

    private static List<(string Name, TrackedSlots Slots)> Make(Experiment e)
    {
        List<(string Name, TrackedSlots Slots)> made =
        [
            (Detached, new TrackedSlots(Tracking.None)), (Sampled, new TrackedSlots(Tracking.Sample)),
            (Tracked, new TrackedSlots(Tracking.Everything)),
        ];
        made.ForEach(m => e.Ground.Add(m.Slots));
        return made;
    }
}
