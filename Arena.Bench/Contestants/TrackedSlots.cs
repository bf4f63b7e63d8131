using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Bench.Contestants;

/// <summary>A pool and a heap in an arena of their own, with their tracker. Frames are marked.</summary>
internal sealed class TrackedSlots : IDisposable
{
    private readonly PageArena _arena = new("bench");
    private readonly LeakTracker? _tracker;

    public TrackedSlots(Tracking tracking)
    {
        Pool = new Pool<Node64>(_arena);
        Heap = new Arena.Pools.Heap(_arena);
        _tracker = tracking switch
        {
            Tracking.Sample => LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 512 << 10 }),
            Tracking.Everything => LeakTracker.Attach(_arena),
            _ => null,
        };
        _tracker?.EndFrame();
    }

    public Pool<Node64> Pool { get; }

    public Arena.Pools.Heap Heap { get; }

    public void Dispose()
    {
        _tracker?.Dispose();
        _arena.Dispose();
    }
}
