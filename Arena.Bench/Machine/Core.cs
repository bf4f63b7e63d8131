using System.ComponentModel;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena.Bench.Machine;

/// <summary>
/// Keeps the measuring thread, and the processes it starts, on one core; the JIT's and the collector's own threads
/// use the others.
/// </summary>
internal static partial class Core
{
    private static readonly nint AllowedCores = Mask();
    private static readonly nint Last = AllowedCores == 0 ? 0 : (nint)(1L << BitOperations.Log2((ulong)AllowedCores));

    /// <summary>Takes the last allowed core. On Linux the mask set here is the main thread's alone.</summary>
    public static void Pin() => Set(Last);

    /// <summary>
    /// Lets the measuring thread wait on any core. The runtime gives a new thread the main thread's cores, not those of
    /// the thread that starts it: if these differ, it would go to another core and come back before it begins.
    /// </summary>
    public static void Unpin() => Set(AllowedCores);

    /// <summary>Puts the calling thread where worker 0 or 1 works, while the measuring thread waits.</summary>
    public static void PinWorker(int number)
    {
        if (number > 0)
            PinSecond();
        else
            SetOwn(Last);
    }

    /// <summary>
    /// Keeps the calling thread, a measurement's second one, off that core: a thread that is woken begins on the core
    /// of its waker as often as not, and the system moves it away milliseconds later. The C peers do the same.
    /// </summary>
    public static void PinSecond() => SetOwn(AllowedCores & ~Last);

    private static void SetOwn(nint mask)
    {
        if (OperatingSystem.IsLinux() && mask != 0)
            _ = SetAffinity(0, (nuint)sizeof(long), in mask);
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
