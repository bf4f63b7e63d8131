using System.ComponentModel;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena.Bench.Quick;

/// <summary>
/// Holds the measuring thread, and the processes it starts, on one core; the JIT's and the collector's own threads
/// keep the others.
/// </summary>
internal static partial class Core
{
    private static readonly nint AllowedCores = Mask();
    private static readonly nint Last = AllowedCores == 0 ? 0 : (nint)(1L << BitOperations.Log2((ulong)AllowedCores));

    /// <summary>Takes the last core that is allowed. On Linux the mask set here is the main thread's alone.</summary>
    public static void Pin() => Set(Last);

    /// <summary>
    /// Keeps the calling thread, a measurement's second one, off that core: a thread that is woken begins on the core
    /// of its waker as often as not, and the system moves it away milliseconds later. The C peers do the same.
    /// </summary>
    public static void PinSecond()
    {
        var others = AllowedCores & ~Last;
        if (OperatingSystem.IsLinux() && others != 0)
            _ = SetAffinity(0, (nuint)sizeof(long), in others);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint byteCount, in nint mask);

    private static nint Mask()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
            return 0;
        using var self = Process.GetCurrentProcess();
        return self.ProcessorAffinity;
    }

    private static void Set(nint mask)
    {
        if (AllowedCores == 0 || (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows()))
            return;
        try
        {
            using var self = Process.GetCurrentProcess();
            self.ProcessorAffinity = mask;
        }
        catch (Win32Exception)
        {
            Console.WriteLine("Not pinned: the system refused it; expect more noise.");
        }
    }
}
