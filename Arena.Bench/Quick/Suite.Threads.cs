using Arena.Bench.Contestants;
using Arena.Bench.Machine;
using Arena.Bench.Workloads;
using Arena.Pools;

namespace Arena.Bench.Quick;

// W6: two threads at once, and the cost of finding a thread's part.
internal sealed partial class Suite
{
    /// <summary>The name of a peer that no package has.</summary>
    public const string Snmalloc = "C snmalloc";

    private const string Tcmalloc = "C tcmalloc";
    private const string SharedPoolRanges = "Arena SharedPool.FreeRange";
    private const string NothingAllocated = "nothing allocated";

    private Experiment Larson()
    {
        var e = new Experiment(
            "W6-larson", "two workers, 5,000 alive each of 8 B to 999 B, replaced at random; new threads after 500,000",
            "replacement and worker");
        var arena = new PageArena("bench");
        e.Ground.Add(arena);
        SharedHeap Make() => new(arena);
        e.Contestants.Add(Contestant.Of(Shared, LarsonLoop.Of<SharedSizes, nint>(new(Make()))));
        e.Contestants.Add(Contestant.Of(SharedLocal, LarsonLoop.OfLocal(Make())));
        e.Contestants.Add(Contestant.Of("NativeMemory", LarsonLoop.Of<NativeSizes, nint>(default)));
        e.Contestants.Add(Contestant.Of("ArrayPool.Shared", LarsonLoop.Of<RentedSizes, Rented>(default)));
        AddPeers(e, LarsonLoop.BatchCount);
        AddFloor(e);
        foreach (var subject in new[] { Shared, SharedLocal })
        {
            e.Promises.Add(new Promise(subject, Promise.BestC, 0.8, Floor));
            e.Promises.Add(new Promise(subject, Tcmalloc, 1.5, Floor));
            e.Promises.Add(new Promise(subject, Snmalloc, 0.9, Floor));
        }
        Core.Unpin(); // after the C processes have begun on the core where this thread was
        return e;
    }

    private Experiment Exchange()
    {
        var e = new Experiment(
            "W6-exchange", "two threads, 10,000 alive each of 8 B to 1,000 B, replaced at random; tables change hands",
            "replacement and thread")
        {
            SettlingOperations = 1_000_000, // each of the 20,000 was replaced by either thread
        };
        var arena = new PageArena("bench");
        e.Ground.Add(arena);
        e.Contestants.Add(Contestant.Of(Shared, new ExchangeLoop<SharedSizes, nint>(new(new SharedHeap(arena)))));
        e.Contestants.Add(Contestant.Of("NativeMemory", new ExchangeLoop<NativeSizes, nint>(default)));
        e.Contestants.Add(Contestant.Of("ArrayPool.Shared", new ExchangeLoop<RentedSizes, Rented>(default)));
        AddPeers(e, ExchangeLoop<NativeSizes, nint>.HandOver);
        AddFloor(e);
        e.Promises.Add(new Promise(Shared, Tcmalloc, 1.5, Floor));
        return e;
    }

    private Experiment Handover()
    {
        var e = new Experiment("W6-handover", "one thread allocates 64 B and writes, one reads and frees", "object");
        var arena = new PageArena("bench");
        var objects = new FixedObjects();
        e.Ground.Add(arena);
        e.Ground.Add(objects);
        e.Contestants.Add(Contestant.Of(
            NothingAllocated, new HandoverLoop<FixedObjects.Sizes, nint>(new(objects))));
        e.Contestants.Add(Contestant.Of(Shared, new HandoverLoop<SharedSizes, nint>(new(new SharedHeap(arena)))));
        e.Contestants.Add(Contestant.Of(
            SharedPool, new HandoverLoop<SharedSlots<Node64>, nint>(new(new SharedPool<Node64>(arena)))));
        e.Contestants.Add(Contestant.Of("NativeMemory", new HandoverLoop<NativeSizes, nint>(default)));
        e.Contestants.Add(Contestant.Of("ArrayPool.Shared", new HandoverLoop<RentedSizes, Rented>(default)));
        e.Contestants.Add(Contestant.Of(
            SharedPoolRanges, new HandoverLoop<RangedSlots<Node64>, nint>(new(new SharedPool<Node64>(arena)))));
        AddPeers(e, 1);
        foreach (var subject in new[] { SharedPool, SharedPoolRanges })
        {
            e.Promises.Add(new Promise(subject, Promise.BestC, 0.6, NothingAllocated));
            e.Promises.Add(new Promise(subject, Snmalloc, 1.0, NothingAllocated));
        }
        return e;
    }

    private static Experiment Parts()
    {
        const string One = "one thread";
        const string Two = "two threads, each";
        const string Apart = "a heap for each";
        var e = new Experiment("W6-parts", "SharedHeap, 10,000 alive of 16 B to 512 B of each thread", "replacement");
        var arena = new PageArena("bench");
        e.Ground.Add(arena);
        SharedSizes Make() => new(new SharedHeap(arena));
        var both = Make();
        e.Contestants.Add(Contestant.Of(One, new PartsLoop<SharedSizes, nint>(Make())));
        e.Contestants.Add(Contestant.Of(Two, new PartsLoop<SharedSizes, nint>(both, both)));
        e.Contestants.Add(Contestant.Of(Apart, new PartsLoop<SharedSizes, nint>(Make(), Make())));
        // At least 1.8 times the work, and on a busy machine no less than if nothing were shared.
        e.Promises.Add(new Promise(Two, One, 2 / 1.8));
        e.Promises.Add(new Promise(Two, Apart, 1.05));
        return e;
    }

    private static Experiment Local()
    {
        const string Each = "SharedHeap";
        const string Once = "SharedHeap.Local()";
        const string One = "Heap";
        const string Signals = "Heap, a word read a call";
        const string Read = "Local(), one thread-static read";
        var e = new Experiment("W6-local", "a thousand alive of 64 B, one replaced after the other", "replacement");
        var arena = new PageArena("bench");
        e.Ground.Add(arena);
        e.Contestants.Add(Contestant.Of(Each, new LocalLoop<LocalLoop.EachCall>(new SharedHeap(arena))));
        e.Contestants.Add(Contestant.Of(Once, new LocalLoop<LocalLoop.OncePerBatch>(new SharedHeap(arena))));
        e.Contestants.Add(Contestant.Of(Read, new LocalLoop<LocalLoop.WithThreadStatic>(new SharedHeap(arena))));
        e.Contestants.Add(Contestant.Of(One, new LoneLoop<LoneLoop.Plain>(new(arena))));
        e.Contestants.Add(Contestant.Of(Signals, new LoneLoop<LoneLoop.WithSignals>(new(arena))));
        e.Promises.Add(new Promise(Each, One, 1.25, Read));
        e.Promises.Add(new Promise(Once, One, 1.05, Signals));
        return e;
    }
}
