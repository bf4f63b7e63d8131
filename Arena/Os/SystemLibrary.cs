using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Arena.Os;

/// <summary>Finds functions, by name, in a library that belongs to the operating system.</summary>
/// <remarks>
/// Silk.NET.Core's own contexts look for a library among the files of the application, through
/// <c>Assembly.Location</c> and <c>DependencyContext</c>. A single-file or NativeAOT application has neither, so
/// publishing one warns about them (IL3000, IL3002), and a game that treats warnings as errors could not be published.
/// A system library is not a file of the application: the system's loader finds it.
/// </remarks>
internal sealed class SystemLibrary : INativeContext
{
    private readonly nint _library;

    /// <summary>Loads the first of several names that the system knows.</summary>
    /// <exception cref="DllNotFoundException">The system knows none of them.</exception>
    public SystemLibrary(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            // System32 keeps Windows from looking beside the application, where a planted file could be.
            var assembly = typeof(SystemLibrary).Assembly;
            if (NativeLibrary.TryLoad(name, assembly, DllImportSearchPath.System32, out _library))
                return;
        }
        throw new DllNotFoundException($"The system library {string.Join(" or ", names)} cannot be loaded.");
    }

    public nint GetProcAddress(string proc, int? slot = null) => NativeLibrary.GetExport(_library, proc);

    public bool TryGetProcAddress(string proc, out nint addr, int? slot = null) =>
        NativeLibrary.TryGetExport(_library, proc, out addr);

    // The process needs the system's library for as long as it runs, so it is never unloaded.
    public void Dispose()
    {
    }
}
