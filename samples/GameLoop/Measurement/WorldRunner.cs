using System.Diagnostics;
using Arena.Diagnostics;
using GameLoop.Backends;
using GameLoop.Backends.Arenas;
using GameLoop.Backends.Gc;
using GameLoop.Backends.Malloc;
using GameLoop.Options;
using GameLoop.Rules;

namespace GameLoop.Measurement;

/// <summary>Runs one backend in this process and measures it. Frames follow each other without a pause.</summary>
internal static class WorldRunner
{
    /// <summary>
    /// Frames of the measured world before measuring begins: by then as many entities die as are born.
    /// </summary>
    public const int WarmUpFrames = 180;

    /// <summary>
    /// The time that a small world runs first, so that the just-in-time compiler reaches the final code of every
    /// method: methods are compiled up to three times, and the last time in the background.
    /// </summary>
    public static readonly TimeSpan RehearsalTime = TimeSpan.FromSeconds(1);

    private const int RehearsalEntities = 2_000;

    public static World Create(Backend backend, WorldSettings settings, CaptureWriter? capture = null) => backend switch
    {
        Backend.Arena => new ArenaWorld(settings, capture),
        Backend.Gc => new GcWorld(settings),
        Backend.Malloc => new MallocWorld(settings),
        _ => throw new ArgumentOutOfRangeException(nameof(backend)),
    };

    /// <summary>Rehearses, warms up, measures, checks for leaks.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="onPercent">Called at every percent of the frames; must not make managed objects.</param>
    public static MeasuredRun Run(Backend backend, RunOptions options, Action onPercent)
    {
        using var endpoint = options.MetricsPort is { } port && backend == Backend.Arena
            ? MetricsEndpoint.Open(port) : null;
        Rehearse(backend, options.Threads);
        var settings = new WorldSettings(
            options.Entities, options.Seed, options.LeakRate, PlannedFrames: WarmUpFrames + options.Frames)
        {
            IsObserved = endpoint is not null,
        };
        using var crew = new SectorCrew(backend, settings.Split(options.Threads));
        var ticks = new long[options.Frames];
        var meter = new PercentMeter(WarmUpFrames + options.Frames, onPercent);
        for (var frame = 0; frame < WarmUpFrames; frame++)
        {
            crew.Step();
            meter.Advance();
        }

        var allocationsBefore = crew.Allocations;
        var workerBytesBefore = crew.WorkerBytes;
        var before = RuntimeCounters.Read();
        for (var frame = 0; frame < options.Frames; frame++)
        {
            var start = Stopwatch.GetTimestamp();
            crew.Step();
            ticks[frame] = Stopwatch.GetTimestamp() - start;
            meter.Advance();
        }
        var spent = RuntimeCounters.Read() - before;
        var managedBytes = spent.AllocatedBytes + crew.WorkerBytes - workerBytesBefore;

        var nanoseconds = Array.ConvertAll(ticks, t => Stopwatch.GetElapsedTime(0, t).Ticks * 100);
        var run = new BackendRun
        {
            Backend = backend.Word,
            Frames = options.Frames,
            Entities = options.Entities,
            Checksum = crew.Checksum().ToString("x16"),
            FrameMs = new FrameHistogram(nanoseconds).Times,
            Allocations = crew.Allocations - allocationsBefore,
            ManagedBytesPerFrame = managedBytes / (double)options.Frames,
            Gen0 = spent.Gen0,
            Gen1 = spent.Gen1,
            Gen2 = spent.Gen2,
            GcPauseMs = spent.Pause.TotalMilliseconds,
            PeakRssBytes = RuntimeCounters.PeakResidentBytes(),
            Leaks = crew.Close(),
        };
        return new MeasuredRun(run, nanoseconds);
    }

    // A whole rehearsal world for each thread: a small part of one may not call every method.
    private static void Rehearse(Backend backend, int threads)
    {
        var start = Stopwatch.GetTimestamp();
        var settings = new WorldSettings(threads * RehearsalEntities, Seed: 0);
        using (var crew = new SectorCrew(backend, settings.Split(threads)))
        {
            while (Stopwatch.GetElapsedTime(start) < RehearsalTime)
                crew.Step();
        }
        // Nothing left from the rehearsal belongs to the measured world.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
