using System.Runtime.InteropServices;

namespace Arena.Bench.Machine;

/// <summary>Counts the pages that the calling thread touched for the first time; Linux only, 0 elsewhere.</summary>
internal static unsafe partial class PageFaults
{
    private const int ThisThread = 1;
    private const int Words = 18; // struct rusage: two times of two words, then fourteen counts
    private const int MinorFaults = 8;

    public static long Count()
    {
        var usage = stackalloc long[Words];
        return OperatingSystem.IsLinux() && GetUsage(ThisThread, usage) == 0 ? usage[MinorFaults] : 0;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);
}
