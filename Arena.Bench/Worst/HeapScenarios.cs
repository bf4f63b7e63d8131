using Arena.Bench.Workloads;
using Arena.Pools;
using Heap = Arena.Pools.Heap;

namespace Arena.Bench.Worst;

/// <summary>Heaps: growth, refills, fragmentation, steps of a trim, frees by another thread.</summary>
internal static unsafe class HeapScenarios
{
    private const int Octaves = 6; // 16 B to 1 KiB
    private const int TrimSteps = 1024;
    private const int PagesPerStep = 16;

    public static IEnumerable<Scenario> All()
    {
        yield return new("heap", (size, r) => Play("heap", size, r, arena => new Heap(arena)));
        yield return new("shared-heap", (size, r) => Play("shared heap", size, r, arena => new SharedHeap(arena)));
        yield return new("sizes", OtherSizes);
        yield return new("remote", Remote);
    }

    private static void Play(string name, int size, Recorder r, Func<PageArena, GeneralAllocator> make)
    {
        using var arena = new PageArena(name);
        using var heap = make(arena);
        var random = new Xorshift(Xorshift.Seed);
        var live = new nint[size];
        Allocate(r[name + ": grow"], 0);
        var freed = r[name + ": replace one, Free"];
        var taken = r[name + ": replace one, Allocate"];
        for (var i = 0; i < size; i++)
        {
            var at = Xorshift.Below(random.Next(), size);
            Free(freed, at);
            live[at] = Take(taken);
        }
        PoolScenarios.Shuffle(live);
        var fragmented = r[name + ": free two in three"];
        for (var i = size / 3; i < size; i++)
            Free(fragmented, i);
        var steps = r[name + $": TrimStep({PagesPerStep})"];
        for (var i = 0; i < TrimSteps; i++)
        {
            steps.Begin();
            if (heap is Heap own)
                own.TrimStep(PagesPerStep);
            else
                ((SharedHeap)heap).TrimStep(PagesPerStep);
            steps.End();
        }
        Allocate(r[name + ": refill"], size / 3);
        for (var i = 0; i < size; i++)
            heap.Free((void*)live[i]);
        void Allocate(CallTimes times, int from)
        {
            for (var i = from; i < size; i++)
                live[i] = Take(times);
        }
        nint Take(CallTimes times) =>
            AllocateOne(times, heap, (nuint)Xorshift.MixedBytes(random.Next(), Octaves));
        void Free(CallTimes times, int at)
        {
            times.Begin();
            heap.Free((void*)live[at]);
            times.End();
        }
    }

    // One in sixteen stays, so hardly a slab is empty; then all requests are of larger sizes, so that the heap must
    // grow past all of them.
    private static void OtherSizes(int size, Recorder r)
    {
        using var arena = new PageArena("sizes");
        using var heap = new Heap(arena);
        var random = new Xorshift(Xorshift.Seed);
        var live = new nint[size];
        for (var i = 0; i < size; i++)
            live[i] = (nint)heap.Allocate((nuint)Xorshift.MixedBytes(random.Next(), 4));
        PoolScenarios.Shuffle(live);
        for (var i = size / 16; i < size; i++)
            heap.Free((void*)live[i]);
        var taken = r["heap: Allocate, other sizes, slabs fragmented"];
        for (var i = size / 16; i < size / 4; i++)
            AllocateOne(taken, heap, (nuint)Xorshift.MixedBytes(random.Next(), 3) << 4);
    }

    // Another thread frees two in three; the owner takes them over while it allocates.
    private static void Remote(int size, Recorder r)
    {
        using var arena = new PageArena("remote");
        using var heap = new SharedHeap(arena);
        var random = new Xorshift(Xorshift.Seed);
        var live = new nint[size];
        for (var i = 0; i < size; i++)
            live[i] = (nint)heap.Allocate((nuint)Xorshift.MixedBytes(random.Next(), Octaves));
        PoolScenarios.Shuffle(live);
        var other = new Thread(() =>
        {
            for (var i = size / 3; i < size; i++)
                heap.Free((void*)live[i]);
        });
        other.Start();
        other.Join();
        var taken = r["shared heap: Allocate, two in three freed elsewhere"];
        for (var i = size / 3; i < size; i++)
            live[i] = AllocateOne(taken, heap, (nuint)Xorshift.MixedBytes(random.Next(), Octaves));
        foreach (var address in live)
            heap.Free((void*)address);
    }

    // One allocation, touched at both ends.
    private static nint AllocateOne(CallTimes times, GeneralAllocator heap, nuint byteCount)
    {
        times.Begin();
        var address = (byte*)heap.Allocate(byteCount);
        address[0] = 1;
        address[byteCount - 1] = 1;
        times.End();
        return (nint)address;
    }
}
