using System.Diagnostics;

namespace GameLoop.Measurement;

/// <summary>What the runtime says of its heap, for the calling thread and for the process.</summary>
internal readonly record struct RuntimeCounters(long AllocatedBytes, int Gen0, int Gen1, int Gen2, TimeSpan Pause)
{
    public static RuntimeCounters Read() => new(
        GC.GetAllocatedBytesForCurrentThread(),
        GC.CollectionCount(0),
        GC.CollectionCount(1),
        GC.CollectionCount(2),
        GC.GetTotalPauseDuration());

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
}
