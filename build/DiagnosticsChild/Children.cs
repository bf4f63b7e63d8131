using Arena;
using Arena.Diagnostics;
using Arena.Pools;

namespace DiagnosticsChild;

/// <summary>What the process may do. Each writes a line when it is at work.</summary>
internal static unsafe class Children
{
    /// <summary>Leaks 16 bytes a sample and samples without a pause, with the lines told apart.</summary>
    public static void Sample(string path)
    {
        using var arena = new PageArena("child");
        using var buddy = new BuddyAllocator(arena, 1 << 30, 16);
        using var tracker = LeakTracker.Attach(arena);
        using var sampler = new MemorySampler(
            arena, new MemorySamplerOptions { FilePath = path, Sites = TrackedParts.BySite(tracker) });
        for (var samples = 0; ; samples++)
        {
            buddy.Free(buddy.Allocate(1000));
            buddy.Allocate(16);
            sampler.Sample();
            if (samples == 100)
                Console.WriteLine("sampling");
        }
    }

    /// <summary>Plays with memory in short frames, observed; now and then something goes wrong.</summary>
    public static void Play()
    {
        using var arena = new PageArena("child");
        using var heap = new Heap(arena);
        using var tracker = LeakTracker.Attach(arena);
        using var metrics = ArenaMetrics.Observe(arena, new ArenaMetricsOptions { Interval = TimeSpan.FromTicks(1) });
        var flat = LeakTrend.Analyze([0, 1, 2], [1, 2, 3]);
        for (var frame = 0; ; frame++)
        {
            metrics.Update();
            var address = heap.Allocate(100);
            heap.Free(address);
            if (frame % 10 == 0)
            {
                metrics.Trend = flat with { Verdict = TrendVerdict.Confirmed };
                FreeTwice(heap);
                LeaveAlive(arena);
            }
            if (frame == 100)
                Console.WriteLine("playing");
            Thread.Sleep(1);
        }
    }

    private static void FreeTwice(Heap heap)
    {
        var address = heap.Allocate(64);
        heap.Free(address);
        try
        {
            heap.Free(address);
        }
        catch (InvalidFreeException)
        {
        }
    }

    private static void LeaveAlive(PageArena arena)
    {
        using var buddy = new BuddyAllocator(arena, 1 << 16, 16, "short-lived");
        buddy.Allocate(32);
    }
}
