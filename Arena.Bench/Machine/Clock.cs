using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Arena.Bench.Machine;

/// <summary>
/// Measures one thread's work: on Linux the time that the thread ran, so that other programs do not count; elsewhere,
/// and where two threads wait for each other, the wall clock. The C peers read the same clocks.
/// </summary>
internal static partial class Clock
{
    private const int ThreadCpuTime = 3;

    public static double Nanoseconds(int threadCount)
    {
        if (threadCount > 1 || !OperatingSystem.IsLinux() || GetTime(ThreadCpuTime, out var time) != 0)
            return Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
        return time.Seconds * 1e9 + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
