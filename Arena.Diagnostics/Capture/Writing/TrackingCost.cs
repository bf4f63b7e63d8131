using System.Diagnostics;

namespace Arena.Diagnostics;

/// <summary>
/// Measures the time that tracking adds to an allocation and its free on this machine, beside the game, on a pool of
/// its own with everything in the first-level cache. If the tables are larger than the caches, it is more.
/// </summary>
internal sealed class TrackingCost
{
    private const int Pairs = 2_000;

    // The number of measurements; the first ones run code that is not optimised.
    private const int Measurements = 8;

    // A pool with one slot in use needs no more, and it fits where addresses are limited.
    private const nuint ReserveBytes = 1 << 20;

    private double _least = double.MaxValue;
    private int _measured;

    /// <summary>
    /// Returns the nanoseconds of a pair, which are the least measured; measures again the first few times.
    /// </summary>
    public double PairNanoseconds()
    {
        if (_measured < Measurements)
        {
            _measured++;
            _least = Math.Min(_least, Measure());
        }
        return _least;
    }

    private static double Measure()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = "tracking cost", ReserveBytes = ReserveBytes });
        arena.HideFromMaker();
        using var pool = new Pools.Pool<long>(arena);
        Run(pool);
        var detached = Run(pool);
        using var tracker = LeakTracker.Attach(arena);
        Run(pool);
        return Math.Max(0, Run(pool) - detached);
    }

    private static unsafe double Run(Pools.Pool<long> pool)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < Pairs; i++)
            pool.Free(pool.Allocate());
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Pairs;
    }
}
