using System.Runtime.InteropServices;

namespace GameLoop.Measurement;

/// <summary>The C library's heap, which the runtime and the just-in-time compiler use too.</summary>
internal static partial class NativeHeap
{
    /// <summary>
    /// Gives back to the system what is free in it. Otherwise a world on malloc would be built in what the compiler
    /// left behind, and seem smaller than it is. Nothing happens where the C library has no such call.
    /// </summary>
    public static void GiveBack()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has none.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint padBytes);
}
