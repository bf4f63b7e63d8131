using System.Diagnostics.Metrics;
using Arena;
using Arena.Diagnostics;
using Arena.Pools;

namespace SurfaceChild;

/// <summary>
/// An arena with everything on it. Its owner uses the objects for one thread; every thread may read, see
/// <see cref="Look"/>.
/// </summary>
internal sealed unsafe partial class Scene : IDisposable
{
    private const int Steps = 400;
    private const nuint ReserveBytes = 1 << 28;

    private readonly Log _log;
    private readonly Random _random;
    private readonly bool _isQuiet;
    private readonly string _folder = Directory.CreateTempSubdirectory("surface").FullName;
    private readonly PageArena _arena;
    private readonly SharedHeap _heap;
    private readonly SharedPool<long> _pool;
    private readonly WorkerFrames _workers;
    private readonly FrameAllocator _frames;
    private readonly LeakTracker _tracker;
    private readonly MemorySampler _sampler;
    private readonly CaptureWriter _capture;
    private readonly ArenaMetrics _metrics;
    private readonly MeterListener _collector = new();
    private readonly List<IDisposable> _all;

    /// <param name="log">The log of findings.</param>
    /// <param name="seed">The seed of the owner's steps.</param>
    /// <param name="isQuiet">
    /// True if the owner does not use the objects for one thread: then others may attach, and record the memory.
    /// </param>
    public Scene(Log log, int seed, bool isQuiet)
    {
        _log = log;
        _random = new Random(seed);
        _isQuiet = isQuiet;
        _arena = new PageArena(new PageArenaOptions
        {
            Name = "scene", ReserveBytes = ReserveBytes, GuardPages = _random.Next(2) == 0,
        });
        _heap = new SharedHeap(_arena);
        _pool = new SharedPool<long>(_arena);
        _workers = new WorkerFrames(_arena);
        _frames = new FrameAllocator(_arena, buffers: 2);
        var sampleBytes = (nuint)_random.Next(2) * 1000;
        _tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = sampleBytes });
        var idle = MakeIdle();
        var options = new MemorySamplerOptions { Sites = TrackedBreakdown.BySite(_tracker) };
        _sampler = new MemorySampler(_arena, options);
        _capture = CaptureWriter.Start(Path.Combine(_folder, "capture"), _tracker);
        _metrics = ArenaMetrics.Observe(_arena, new ArenaMetricsOptions { Tags = TrackedBreakdown.ByTag(_tracker) });
        _collector.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ArenaMetrics.MeterName)
                listener.EnableMeasurementEvents(instrument);
        };
        _collector.Start();
        _all = [_arena, _heap, _pool, _workers, _frames, _tracker, _sampler, _capture, _metrics, .. idle];
    }

    /// <summary>Does the owner's work: changes memory while others read it.</summary>
    public void Work()
    {
        var live = new Queue<nint>();
        for (var step = 0; step < Steps; step++)
        {
            live.Enqueue((nint)_heap.Allocate((nuint)_random.Next(1, _random.Next(10) == 0 ? 600_000 : 2_000)));
            if (live.Count > 20)
                _heap.Free((void*)live.Dequeue());
            _pool.Free(_pool.Allocate());
            _pool.Allocate();
            if (step % 10 == 0)
                _arena.Trim();
            if (step % 50 == 0)
                _heap.Trim();
            if (!_isQuiet)
                WorkAlone();
        }
    }

    /// <summary>Disposes everything as the owner, in any order; some of it twice, some only with its arena.</summary>
    public void End()
    {
        for (var count = 0; count < _all.Count + 5; count++)
            _all[_random.Next(_all.Count)].Dispose();
        _arena.Dispose();
    }

    public void Dispose()
    {
        _all.ForEach(disposable => disposable.Dispose());
        _collector.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Frames that outgrow their chunks, so that chunks come and go.
    private void WorkAlone()
    {
        _frames.Allocate((nuint)_random.Next(1, 400_000));
        _workers.Current.Allocate((nuint)_random.Next(1, 400_000));
        if (_random.Next(3) != 0)
            return;
        _frames.NextFrame();
        _workers.NextFrame();
    }

    private IDisposable[] MakeIdle()
    {
        var heap = new Heap(_arena);
        var pool = new Pool<long>(_arena);
        var map = new HandleMap<long>(_arena);
        var buddy = new BuddyAllocator(_arena, 1 << 20);
        for (var i = 0; i < 1000; i++)
        {
            heap.Allocate((nuint)i);
            pool.Allocate();
            map.Allocate(i);
            buddy.Allocate(100);
        }
        _arena.Allocate(1);
        return [heap, pool, map, buddy];
    }
}
