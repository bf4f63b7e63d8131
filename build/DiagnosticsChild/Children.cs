using Arena;
using Arena.Diagnostics;
using Arena.Pools;

namespace DiagnosticsChild;

/// <summary>The tasks of the process. Each writes a line when it is at work.</summary>
internal static unsafe class Children
{
    /// <summary>Leaks 16 bytes a sample and samples without a pause, with a part for each line.</summary>
    public static void Sample(string path)
    {
        using var arena = new PageArena("child");
        using var buddy = new BuddyAllocator(arena, 1 << 30, 16);
        using var tracker = LeakTracker.Attach(arena);
        using var sampler = new MemorySampler(
            arena, new MemorySamplerOptions { FilePath = path, Sites = TrackedBreakdown.BySite(tracker) });
        for (var samples = 0; ; samples++)
        {
            buddy.Free(buddy.Allocate(1000));
            buddy.Allocate(16);
            sampler.Sample();
            if (samples == 100)
                Console.WriteLine("sampling");
        }
    }

    /// <summary>Records 100 allocations a frame without a pause.</summary>
    public static void Record(string path)
    {
        using var arena = new PageArena("child");
        using var heap = new Heap(arena);
        using var recorder = AllocationTraceRecorder.Attach(arena, path);
        for (var frames = 0; ; frames++)
        {
            for (var i = 0; i < 100; i++)
                heap.Free(heap.Allocate(64));
            recorder.EndFrame();
            if (frames == 1_000)
                Console.WriteLine("recording");
        }
    }

    /// <summary>Starts a capture into a file that may already have a writer, and reports it by its exit code.</summary>
    public static int Write(string path)
    {
        try
        {
            CaptureWriter.Start(path).Dispose();
            return 0;
        }
        catch (IOException)
        {
            return 1;
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

    /// <summary>
    /// Runs a tracker, a capture, a sampler and metrics on a small arena, and writes what they found.
    /// </summary>
    public static void TrackWhereAddressesAreLimited()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "small", ReserveBytes = 64 << 20 });
        using var heap = new Heap(arena);
        using var pool = new Pool<byte>(arena);
        using var tracker = LeakTracker.Attach(arena);
        using var metrics = ArenaMetrics.Observe(arena);
        using var sampler = new MemorySampler(
            arena, new MemorySamplerOptions { Sites = TrackedBreakdown.BySite(tracker) });
        var path = Path.Combine(Path.GetTempPath(), $"arena {Guid.NewGuid():n}");
        using (var capture = CaptureWriter.Start(path, tracker))
        {
            for (var i = 0; i < 500_000; i++)
            {
                heap.Allocate(16);
                pool.Allocate();
            }
            sampler.Sample();
            metrics.Update();
        }
        var problem = MemoryCapture.Read(path).Problem;
        File.Delete(path);
        var grown = LeakAssert.NoGrowth(12, () => heap.Free(heap.Allocate(100)), arena).SampleCount;
        var report = tracker.Report();
        Console.WriteLine(
            $"{report.LiveCount} live, {report.UntrackedCount} untracked, {problem ?? "complete"}, {grown} measured");
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
