using System.Diagnostics;

namespace GameLoop.Measurement;

/// <summary>The runtime's counters of its heap: bytes for the calling thread, the rest for the process.</summary>
internal readonly record struct RuntimeCounters(long AllocatedBytes, int Gen0, int Gen1, int Gen2, TimeSpan Pause)
{
    public static RuntimeCounters Read()
    {
        // Once in vain: the first call of any of these may itself make an object.
        _ = ReadOnce();
        return ReadOnce();
    }

    public static RuntimeCounters operator +(RuntimeCounters first, RuntimeCounters second) => new(
        first.AllocatedBytes + second.AllocatedBytes,
        first.Gen0 + second.Gen0,
        first.Gen1 + second.Gen1,
        first.Gen2 + second.Gen2,
        first.Pause + second.Pause);

    public static RuntimeCounters operator -(RuntimeCounters later, RuntimeCounters earlier) => new(
        later.AllocatedBytes - earlier.AllocatedBytes,
        later.Gen0 - earlier.Gen0,
        later.Gen1 - earlier.Gen1,
        later.Gen2 - earlier.Gen2,
        later.Pause - earlier.Pause);

    public static long PeakResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    // The bytes come last, so that reading the others is not counted in what follows.
    private static RuntimeCounters ReadOnce()
    {
        var (gen0, gen1, gen2) = (GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2));
        var pause = GC.GetTotalPauseDuration();
        return new RuntimeCounters(GC.GetAllocatedBytesForCurrentThread(), gen0, gen1, gen2, pause);
    }
}
