using System.Runtime.InteropServices;

namespace GameLoop.Measurement;

/// <summary>
/// The time that the calling thread spent on a core. What the wall clock shows beyond it, the thread waited: for a
/// core, which other programs had, or for a collection on another thread.
/// </summary>
internal static partial class ThreadClock
{
    private const int NanosecondsPerSecond = 1_000_000_000;

    // CLOCK_THREAD_CPUTIME_ID.
    private static readonly int Clock = OperatingSystem.IsMacOS() ? 16 : 3;

    /// <summary>True on systems whose clock is exact enough for a frame.</summary>
    public static bool IsThere { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>Nanoseconds; 0 where there is no such clock.</summary>
    public static long Nanoseconds() => IsThere && GetTime(Clock, out var time) == 0
        ? time.Seconds * NanosecondsPerSecond + time.Nanoseconds : 0;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
