using Arena.Bench.Contestants;
using Arena.Bench.Peers;
using Arena.Bench.Workloads;
using Arena.Pools;

namespace Arena.Bench.Quick;

/// <summary>The experiments of a quick run, each created in its turn: fresh heaps, fresh C processes.</summary>
/// <param name="peerProgram">The C loops of the peers; null where there is no compiler.</param>
/// <param name="rivals">The C allocators.</param>
/// <param name="floorProgram">The C loops that do only what cannot be avoided; null likewise.</param>
internal sealed partial class Suite(string? peerProgram, IReadOnlyList<Rival> rivals, string? floorProgram)
{
    private const string Pool = "Arena Pool";
    private const string Heap = "Arena Heap";
    private const string Shared = "Arena SharedHeap";
    private const string SharedLocal = "Arena SharedHeap.Local()";
    private const string SharedPool = "Arena SharedPool";
    private const string Bump = "bump pointer (limit)";
    private const string Floor = "floor in C";
    private const string MovedFloor = "floor in C, by a table";
    private const string PoolFloor = "floor in C, a pool's";

    // The pair's bump pointer stays in the first-level cache, as the one slot of the others does.
    private const int PairBumpBytes = 4096;
    private const int ManyBumpBytes = 64 * 100_000;
    private const int MixedBumpBytes = 16 << 20;
    private const int MaximumPinned = 500;

    private readonly HashSet<string> _reported = [];

    public IEnumerable<(string Id, Func<Experiment> Make)> All()
    {
        yield return ("W1", Pair);
        yield return ("W1-48", Pair48);
        yield return ("W2", Churn);
        yield return ("W2-pinned", ChurnPinned);
        yield return ("W3a", () => Batch("W3a", Drain.Random, "at random"));
        yield return ("W3b", () => Batch("W3b", Drain.LastFirst, "last first"));
        yield return ("W3c", () => Batch("W3c", Drain.FirstFirst, "first first"));
        yield return ("W4-100", () => Walk(100, 1.0));
        yield return ("W4-50", () => Walk(50, 1.3));
        yield return ("W4-5", () => Walk(5, 2.2));
        yield return ("W5-few", () => Mixed<MixFew>("W5-few"));
        yield return ("W5-4K", () => WithPromise(Mixed<Mix4K>("W5-4K"), 1.0));
        yield return ("W5-normal", () => WithPromise(Mixed<MixNormal>("W5-normal"), 1.0));
        yield return ("W5-256K", () => WithPromise(Mixed<Mix256K>("W5-256K"), 0.75));
        yield return ("W6-larson", Larson);
        yield return ("W6-exchange", Exchange);
        yield return ("W6-handover", Handover);
        yield return ("W6-parts", Parts);
        yield return ("W6-local", Local);
        yield return ("W7-10K", () => Handles("W7-10K", 10_000, 1.25));
        yield return ("W7-1M", () => Handles("W7-1M", 1_000_000, 1.6));
        yield return ("W8", Frames);
        yield return ("W8-mixed", MixedFrames);
        yield return ("W9", Buddies);
        foreach (var attached in AttachedSuite.All())
            yield return attached;
    }

    private Experiment Pair()
    {
        var e = new Experiment("W1", "allocate, write 8 bytes, free; 64 B, nothing else alive", "pair");
        AddPool<Node64>(e, SlotLoop.Pair, PairBumpBytes);
        AddDotNet(e, SlotLoop.Pair);
        AddMarshalled(e, SlotLoop.Pair);
        AddPinned(e, SlotLoop.Pair);
        AddLoaded(e, SlotLoop.Pair);
        AddPeers(e, 1);
        e.Promises.Add(new Promise(Pool, Bump, 1.15));
        e.Promises.Add(new Promise(Pool, Promise.BestC, 0.30));
        return e;
    }

    private Experiment Pair48()
    {
        var e = new Experiment("W1-48", "the same, 48 B", "pair");
        AddPool<Node48>(e, SlotLoop.Pair, PairBumpBytes);
        AddPeers(e, 1);
        e.Promises.Add(new Promise(Pool, Bump, 1.5));
        e.Promises.Add(new Promise(Pool, Promise.BestC, 0.30));
        return e;
    }

    private Experiment Churn()
    {
        var e = new Experiment("W2", "100,000 alive; free a random one, allocate, write 8 bytes; 64 B", "replacement");
        AddPool<Node64>(e, SlotLoop.Churn, ManyBumpBytes);
        AddDotNet(e, SlotLoop.Churn);
        AddMarshalled(e, SlotLoop.Churn);
        AddLoaded(e, SlotLoop.Churn);
        AddPeers(e, 1);
        AddFloor(e);
        e.Promises.Add(new Promise(Pool, Promise.BestC, 0.45, Floor));
        return e;
    }

    // Apart from the others: a collection of 100,000 pinned arrays may cost those beside it their caches.
    private static Experiment ChurnPinned()
    {
        var e = new Experiment("W2-pinned", "the same, beside pinned arrays", "replacement");
        AddPool<Node64>(e, SlotLoop.Churn, ManyBumpBytes);
        AddPinned(e, SlotLoop.Churn);
        return e;
    }

    private Experiment Batch(string id, Drain drain, string order)
    {
        var e = new Experiment(id, $"allocate 100,000 and write 8 bytes each, then free them {order}; 64 B", "object");
        AddPool<Node64>(e, SlotLoop.Batch(drain), ManyBumpBytes);
        AddHeap<Node64>(e, SlotLoop.Batch(drain));
        AddDotNet(e, SlotLoop.Batch(drain));
        AddPeers(e, BatchLoop<BumpSlots<Node64>, nint>.Count);
        AddFloor(e);
        AddFloor(e, PoolFloor, id + "-pool");
        e.Promises.Add(new Promise(Pool, Promise.BestC, 0.6, PoolFloor));
        e.Promises.Add(new Promise(Heap, Promise.BestC, 1.0, Floor));
        return e;
    }

    private Experiment Walk(int percent, double limit)
    {
        var e = new Experiment($"W4-{percent}", $"visit the live ones, {percent} % of 131,072 of 64 B", "live object");
        e.Contestants.Add(Contestant.Of("dense array (limit)", new DenseWalk(percent)));
        e.Contestants.Add(Contestant.Of(Pool, new PoolWalk(percent)));
        e.Contestants.Add(Contestant.Of("List of objects", new ObjectWalk(percent)));
        AddFloor(e);
        e.Promises.Add(new Promise(Pool, "dense array (limit)", limit, Floor));
        return e;
    }

    private Experiment Handles(string id, int count, double limit)
    {
        var e = new Experiment(id, $"read 8 bytes of a random one of {count:N0} live objects of 64 B", "read");
        e.Contestants.Add(Contestant.Of("raw pointer (limit)", new PointerReads(count)));
        e.Contestants.Add(Contestant.Of("Arena Handle", new HandleReads(count)));
        e.Contestants.Add(Contestant.Of("Arena RelocatableHandle", new RelocatableReads(count)));
        e.Contestants.Add(Contestant.Of("reference", new ReferenceReads(count)));
        AddFloor(e);
        e.Promises.Add(new Promise("Arena Handle", "raw pointer (limit)", limit, Floor));
        if (count < 1_000_000)
            return e;
        AddFloor(e, MovedFloor, id + "-moved");
        e.Promises.Add(new Promise("Arena RelocatableHandle", "raw pointer (limit)", 1.6, MovedFloor));
        return e;
    }

    private Experiment WithPromise(Experiment mixed, double limit)
    {
        // The loops in C have sizes to 4 KiB; for larger ones the bump pointer, which frees nothing, is the floor.
        var floor = AddFloor(mixed) ? Floor : Bump;
        mixed.Promises.Add(new Promise(Heap, Promise.BestC, limit, floor));
        mixed.Promises.Add(new Promise(Shared, Promise.BestC, 1.0, floor));
        return mixed;
    }

    private Experiment Mixed<TMix>(string id)
        where TMix : struct, IMix
    {
        var sizes = TMix.Octaves < 0 ? "8 B to 4 KiB, log-normal around 64 B"
            : $"16 B to {16 << TMix.Octaves >> 10} KiB, log-uniform";
        var e = new Experiment(
            id, $"{TMix.LiveCount:N0} alive of {sizes}; replace one, touch both ends", "replacement")
        {
            SettlingOperations = 1_000_000, // twice that is run: each of 20,000 was replaced a hundred times
        };
        var bump = new BumpPointer(MixedBumpBytes);
        var arena = new PageArena("bench");
        e.Ground.Add(bump);
        e.Ground.Add(arena);
        void Add<TSizes, TMemory>(string name, TSizes contestant)
            where TSizes : struct, ISizes<TMemory>
            where TMemory : struct =>
            e.Contestants.Add(Contestant.Of(name, new MixedLoop<TMix, TSizes, TMemory>(contestant)));
        Add<BumpSizes, nint>(Bump, new(bump));
        Add<HeapSizes, nint>(Heap, new(new Arena.Pools.Heap(arena)));
        var huge = new PageArena(new PageArenaOptions { Name = "huge", HugePages = true });
        e.Ground.Add(huge);
        Add<HeapSizes, nint>("Arena Heap, huge pages", new(new Arena.Pools.Heap(huge)));
        Add<SharedSizes, nint>(Shared, new(new SharedHeap(arena)));
        Add<NativeSizes, nint>("NativeMemory", default);
        Add<MarshalSizes, nint>("Marshal.AllocHGlobal", default);
        Add<NewArrays, Rented>("new byte[]", default);
        // With 20,000 alive a replacement took up to 71 us, and this row alone made the table take minutes.
        if (TMix.LiveCount <= MaximumPinned)
            Add<PinnedSizes, Rented>("new byte[], pinned", default);
        Add<RentedSizes, Rented>("ArrayPool.Shared", default);
        AddPeers(e, 1);
        return e;
    }

    private static Experiment Frames()
    {
        var e = new Experiment("W8", "frames of 1,000 allocations of 64 B, 8 bytes written each", "allocation");
        var bump = new BumpPointer(64 * FrameLoop<BumpFrames>.FrameCount);
        var arena = new PageArena("bench");
        e.Ground.Add(bump);
        e.Ground.Add(arena);
        e.Contestants.Add(Contestant.Of(Bump, new FrameLoop<BumpFrames>(new(bump))));
        e.Contestants.Add(Contestant.Of("Arena frames", new FrameLoop<ArenaFrames>(new(new FrameAllocator(arena)))));
        e.Promises.Add(new Promise("Arena frames", Bump, 1.3));
        return e;
    }

    private Experiment MixedFrames()
    {
        var e = new Experiment(
            "W8-mixed", "frames of 1,000 allocations of 16 B to 1 KiB, 8 bytes written each", "allocation");
        var bump = new BumpPointer(MixedFrameLoop<BumpFrames>.LargestBytes * MixedFrameLoop<BumpFrames>.FrameCount);
        var arena = new PageArena("bench");
        e.Ground.Add(bump);
        e.Ground.Add(arena);
        e.Contestants.Add(Contestant.Of(Bump, new MixedFrameLoop<BumpFrames>(new(bump))));
        e.Contestants.Add(
            Contestant.Of("Arena frames", new MixedFrameLoop<ArenaFrames>(new(new FrameAllocator(arena)))));
        AddFloor(e);
        e.Promises.Add(new Promise("Arena frames", Bump, 1.3, Floor));
        return e;
    }

    private static Experiment Buddies()
    {
        var e = new Experiment("W9", "buddy three quarters full of 4 to 64 KiB; replace a random one", "replacement");
        foreach (var (name, megabytes) in new[] { ("16 MiB", 16), ("256 MiB", 256), ("1 GiB", 1024) })
            e.Contestants.Add(Contestant.Of("Arena buddy of " + name, new BuddyLoop(megabytes << 20)));
        e.Promises.Add(new Promise("Arena buddy of 1 GiB", "Arena buddy of 16 MiB", 1.6));
        return e;
    }

    private static void AddPool<T>(Experiment e, ISlotLoop loop, int bumpBytes)
        where T : unmanaged
    {
        var bump = new BumpPointer((nuint)bumpBytes);
        var arena = new PageArena("bench");
        e.Ground.Add(bump);
        e.Ground.Add(arena);
        e.Contestants.Add(Contestant.Of(Bump, loop.Make<BumpSlots<T>, nint>(new(bump))));
        e.Contestants.Add(Contestant.Of(Pool, loop.Make<PoolSlots<T>, nint>(new(new Pool<T>(arena)))));
        e.Contestants.Add(Contestant.Of(SharedPool, loop.Make<SharedSlots<T>, nint>(new(new SharedPool<T>(arena)))));
        e.Contestants.Add(Contestant.Of("NativeMemory", loop.Make<NativeSlots<T>, nint>(default)));
    }

    private static void AddHeap<T>(Experiment e, ISlotLoop loop)
        where T : unmanaged
    {
        var arena = new PageArena("bench");
        e.Ground.Add(arena);
        var heap = new Arena.Pools.Heap(arena);
        e.Contestants.Add(Contestant.Of(Heap, loop.Make<HeapSlots<T>, nint>(new(heap))));
    }

    private static void AddDotNet(Experiment e, ISlotLoop loop)
    {
        e.Contestants.Add(Contestant.Of("new", loop.Make<NewObjects, NewObjects.Reference>(default)));
        e.Contestants.Add(Contestant.Of("ArrayPool.Shared", loop.Make<RentedSlots, Rented>(default)));
    }

    private static void AddMarshalled(Experiment e, ISlotLoop loop) => e.Contestants.Add(
        Contestant.Of("Marshal.AllocHGlobal", loop.Make<MarshalSlots<Node64>, nint>(default)));

    private static void AddPinned(Experiment e, ISlotLoop loop) => e.Contestants.Add(
        Contestant.Of("new byte[], pinned", loop.Make<PinnedSlots, Rented>(default)));

    private void AddLoaded(Experiment e, ISlotLoop loop)
    {
        foreach (var peer in CPeer.All.Where(p => p.Library.Length > 0 && rivals.Any(r => r.Peer == p)))
        {
            if (CLibrary.TryLoad(peer) is { } library)
                e.Contestants.Add(Contestant.Of($"{peer.Name} from C#", loop.Make<CSlots<Node64>, nint>(new(library))));
            else
                Say($"{peer.Name} from C#: not loadable here; set "
                    + "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 for jemalloc.");
        }
    }

    private void AddPeers(Experiment e, int granule)
    {
        if (peerProgram is null)
            return;
        foreach (var rival in rivals)
        {
            if (PeerProcess.TryStart(peerProgram, rival.Peer, e.Id) is { } process)
                e.Contestants.Add(Contestant.Of(rival.Name, process, granule, rival.Facts.Frees));
            else
                Say($"{rival.Name}: {rival.Peer.Library} no longer serves malloc, so {e.Id} goes without it.");
        }
    }

    // Returns whether the workload has such a loop.
    private bool AddFloor(Experiment e, string name = Floor, string? workload = null)
    {
        if (floorProgram is null)
            return false;
        var floor = PeerProcess.TryStart(floorProgram, CPeer.Nothing, workload ?? e.Id);
        if (floor is not { IsServing: true })
        {
            floor?.Dispose();
            return false;
        }
        e.Contestants.Add(Contestant.OfFloor(name, floor));
        return true;
    }

    private void Say(string line)
    {
        if (_reported.Add(line))
            Console.WriteLine(line);
    }
}
