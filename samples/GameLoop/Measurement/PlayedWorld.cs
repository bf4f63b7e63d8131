using System.Diagnostics;
using System.Runtime;
using GameLoop.Options;
using GameLoop.Rules;

namespace GameLoop.Measurement;

/// <summary>
/// A backend's world, measured slice by slice in this process. Between two slices it may wait for as long as it likes:
/// the frame before each slice is not measured, so that its caches come back.
/// </summary>
internal sealed class PlayedWorld : IDisposable
{
    /// <summary>Frames before each slice that are not measured.</summary>
    public const int LeadIn = 1;

    // On a busy machine the compiler may never be quiet.
    private static readonly TimeSpan LongestRehearsal = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private readonly MetricsEndpoint? _endpoint;
    private readonly Backend _backend;
    private readonly SectorCrew _crew;
    private readonly bool _hasCpuTimes;
    private readonly long _emptyResidentBytes;
    private RuntimeCounters _spent;
    private long _allocations;
    private long _managedBytes;
    private int _frameOfChecksum;
    private ulong? _checksum;

    private PlayedWorld(
        MetricsEndpoint? endpoint, Backend backend, IReadOnlyList<WorldSettings> sectors, int jobThreads)
    {
        _endpoint = endpoint;
        _backend = backend;
        _hasCpuTimes = sectors.Count == 1 && jobThreads < 2 && ThreadClock.IsThere;
        _emptyResidentBytes = ResidentMemory.Bytes();
        _crew = new SectorCrew(backend, sectors, capture: null, jobThreads);
    }

    /// <summary>Rehearses, builds the world and plays its first frames, until it is in its steady state.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="onPercent">Called at every percent of the first frames.</param>
    public static PlayedWorld Prepare(Backend backend, RunOptions options, Action onPercent)
    {
        if (options.GcSetting == GcSetting.LowLatency)
            GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        var endpoint = options.MetricsPort is { } port && backend == Backend.Arena ? MetricsEndpoint.Open(port) : null;
        try
        {
            Rehearse(backend, options);
            NativeHeap.GiveBack();
            var settings = new WorldSettings(options.Entities, options.Seed, options.LeakRate)
            {
                IsObserved = endpoint is not null,
            };
            var world = new PlayedWorld(endpoint, backend, settings.Split(options.Sectors), options.JobThreads)
            {
                _frameOfChecksum = FrameOfChecksum(options.Frames),
            };
            var meter = new PercentMeter(WorldRunner.WarmUpFrames, onPercent);
            for (var frame = 0; frame < WorldRunner.WarmUpFrames; frame++)
            {
                // A first time before the world was built; by now the compiler has worked on the world's methods too.
                if (frame == WorldRunner.WarmUpFrames / 2)
                    NativeHeap.GiveBack();
                world._crew.Step();
                meter.Advance();
            }
            return world;
        }
        catch
        {
            endpoint?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The frame after which the checksum is taken: the number of turns, and so that of frames which are not measured,
    /// is another one in each run.
    /// </summary>
    public static int FrameOfChecksum(int frames) => WorldRunner.WarmUpFrames + frames;

    private bool IsChecksumDue => _crew.First.Frame == _frameOfChecksum;

    /// <summary>Builds a world without rehearsal, for one who does not measure.</summary>
    public static PlayedWorld Start(Backend backend, RunOptions options) => new(
        endpoint: null, backend, new WorldSettings(options.Entities, options.Seed).Split(1), jobThreads: 0);

    /// <summary>Plays a frame that is not measured.</summary>
    public void Advance() => _crew.Step();

    /// <summary>Plays the frame that is not measured and then this many that are.</summary>
    public Slice Step(int frames)
    {
        var (wall, cpu) = Measure(frames);
        GiveBackOfCompiler();
        return new Slice(wall, cpu, ResidentMemory.Bytes());
    }

    /// <summary>Plays a frame that is not measured, and returns what the world looks like then.</summary>
    public WorldLook Look()
    {
        List<int> dots = [];
        var world = _crew.First;
        world.OnPicture = sprites =>
        {
            foreach (var sprite in sprites)
                dots.AddRange([(int)sprite.OnScreen.X, (int)sprite.OnScreen.Y, (int)sprite.Colour]);
        };
        _crew.Step();
        world.OnPicture = null;
        return new WorldLook(world.Frame, dots, world.Look());
    }

    /// <summary>Closes the world. Afterwards it can only be disposed.</summary>
    public WorldTotals End() => new(
        (_checksum ?? _crew.Checksum()).ToString("x16"), _allocations, _managedBytes, _spent.Gen0, _spent.Gen1,
        _spent.Gen2, _spent.Pause.TotalMilliseconds, _emptyResidentBytes, RuntimeCounters.PeakResidentBytes(),
        _crew.Close());

    public void Dispose()
    {
        _crew.Dispose();
        _endpoint?.Dispose();
    }

    // The compiler works in the background, longer on a busy machine, and what it frees is not the world's. On malloc
    // the world has its free memory, and keeps it.
    private void GiveBackOfCompiler()
    {
        if (_backend != Backend.Malloc)
            NativeHeap.GiveBack();
    }

    private (long[] Wall, long[] Cpu) Measure(int frames)
    {
        var wall = new long[frames];
        var cpu = _hasCpuTimes ? new long[frames] : [];
        for (var frame = 0; frame < LeadIn; frame++)
        {
            _crew.Step();
            if (IsChecksumDue)
                _checksum = _crew.Checksum();
        }

        var allocationsBefore = _crew.Allocations;
        var workerBytesBefore = _crew.WorkerBytes;
        var spent = default(RuntimeCounters);
        var before = RuntimeCounters.Read();
        for (var frame = 0; frame < frames; frame++)
        {
            StepOnce(ref wall[frame], cpu, frame);
            if (!IsChecksumDue)
                continue;
            spent += RuntimeCounters.Read() - before;
            _checksum = _crew.Checksum();
            before = RuntimeCounters.Read();
        }
        spent += RuntimeCounters.Read() - before;

        _spent += spent;
        _managedBytes += spent.AllocatedBytes + _crew.WorkerBytes - workerBytesBefore;
        _allocations += _crew.Allocations - allocationsBefore;
        return (wall, cpu);
    }

    private void StepOnce(ref long wall, long[] cpu, int frame)
    {
        var cpuStart = _hasCpuTimes ? ThreadClock.Nanoseconds() : 0;
        var start = Stopwatch.GetTimestamp();
        _crew.Step();
        wall = (long)(Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        if (_hasCpuTimes)
            cpu[frame] = ThreadClock.Nanoseconds() - cpuStart;
    }

    // Plays a small world, as it will be measured, until the just-in-time compiler has made the final code of every
    // method: methods are compiled up to three times, and the last time in the background.
    private static void Rehearse(Backend backend, RunOptions options)
    {
        var start = Stopwatch.GetTimestamp();
        // A whole rehearsal world for each sector: a small part of one may not call every method.
        var settings = new WorldSettings(options.Sectors * WorldRunner.RehearsalEntities, Seed: 0);
        using (var world = new PlayedWorld(null, backend, settings.Split(options.Sectors), options.JobThreads))
        {
            var quietSince = start;
            for (var methods = 0L; !IsRehearsed(start, quietSince); world.Measure(1))
            {
                var compiled = JitInfo.GetCompiledMethodCount();
                if (compiled != methods)
                    (methods, quietSince) = (compiled, Stopwatch.GetTimestamp());
            }
        }
        // Nothing left from the rehearsal belongs to the measured world.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static bool IsRehearsed(long start, long quietSince) =>
        Stopwatch.GetElapsedTime(start) > LongestRehearsal
        || (Stopwatch.GetElapsedTime(start) > WorldRunner.RehearsalTime
            && Stopwatch.GetElapsedTime(quietSince) > Quiet);
}
