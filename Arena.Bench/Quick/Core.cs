using System.ComponentModel;
using System.Diagnostics;
using System.Numerics;

namespace Arena.Bench.Quick;

/// <summary>
/// Holds the measuring thread, and the processes it starts, on one core; the JIT's and the collector's own threads
/// keep the others.
/// </summary>
internal static class Core
{
    private static readonly nint AllowedCores = Mask();

    /// <summary>Takes the last core that is allowed. On Linux the mask set here is the main thread's alone.</summary>
    public static void Pin() => Set((nint)(1L << BitOperations.Log2((ulong)AllowedCores)));

    public static void Unpin() => Set(AllowedCores);

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
