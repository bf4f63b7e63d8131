using Arena.Bench.Contestants;
using Arena.Bench.Peers;
using Arena.Bench.Workloads;

namespace Arena.Bench.Quick;

/// <summary>
/// W11: loops that do nothing but allocate, guarded, beside the same without, beside scudo with a quarantine and a
/// fill, and beside AddressSanitizer. Run where they are named.
/// </summary>
internal static class GuardSuite
{
    private const string Plain = "not guarded";
    private const string Full = "poison, red zones, 1 MiB quarantine";
    private const string Sampled = "one in 10,000 guarded by pages";

    private static readonly GuardOptions FullGuard =
        new() { Poison = true, RedZoneBytes = 16, QuarantineBytes = 1 << 20 };

    private static readonly GuardOptions SampledGuard = new() { SampleEvery = 10_000 };

    public static IEnumerable<(string Id, Func<Experiment> Make)> All(string? peerProgram)
    {
        yield return ("W11-pool", () => Pool("W11-pool", Full, FullGuard, 4));
        yield return ("W11-heap", () => WithPeers(Heap("W11-heap", Full, FullGuard, 4), peerProgram, "W11-heap"));
        yield return ("W11-mixed", () => WithPeers(Mixed("W11-mixed", Full, FullGuard, 4), peerProgram, "W11-mixed"));
        yield return ("W11-sampled-pool", () => Pool("W11-sampled-pool", Sampled, SampledGuard, 1.05));
        yield return ("W11-sampled-heap", () => Heap("W11-sampled-heap", Sampled, SampledGuard, 1.05));
        yield return ("W11-sampled-mixed", () => Mixed("W11-sampled-mixed", Sampled, SampledGuard, 1.05));
    }

    private static Experiment Pool(string id, string name, GuardOptions guard, double limit) => Make(
        id, $"a pool, {Churned}", 200_000, name, guard, limit,
        slots => new TouchedLoop<Mix64, PoolSizes>(new(slots.Pool)));

    private static Experiment Heap(string id, string name, GuardOptions guard, double limit) => Make(
        id, $"a heap, {Churned}", 200_000, name, guard, limit,
        slots => new TouchedLoop<Mix64, HeapSizes>(new(slots.Heap)));

    private static Experiment Mixed(string id, string name, GuardOptions guard, double limit) => Make(
        id, "a heap, 20,000 alive of 16 B to 4 KiB; replace a random one", 200_000, name, guard, limit,
        slots => new TouchedLoop<Mix4K, HeapSizes>(new(slots.Heap)));

    private const string Churned = "100,000 alive of 64 B; replace a random one";

    private static Experiment Make(
        string id, string title, long settling, string name, GuardOptions guard, double limit,
        Func<GuardedSlots, Workload> loop)
    {
        var e = new Experiment(id, title, "replacement")
        {
            SettlingOperations = settling,
            SliceNanoseconds = 80_000_000, // 100,000 of them are replaced several times
        };
        foreach (var (contestant, options) in new[] { (Plain, (GuardOptions?)null), (name, guard) })
        {
            var slots = new GuardedSlots(options);
            e.Ground.Add(slots);
            e.Contestants.Add(Contestant.Of(contestant, loop(slots)));
        }
        e.Promises.Add(new Promise(name, Plain, limit));
        return e;
    }

    private static Experiment WithPeers(Experiment e, string? peerProgram, string workload)
    {
        if (peerProgram is null)
            return e;
        foreach (var (name, process) in CheckedPeers.Start(peerProgram, workload))
        {
            e.Contestants.Add(Contestant.Of(name, process, 1, FreeCheck.Checked));
            e.Promises.Add(new Promise(Full, name, 1));
        }
        return e;
    }
}
