using System.Runtime.InteropServices;

namespace Arena.Bench.Contestants;

/// <summary>A C allocator loaded into this process, next to the C library's own.</summary>
internal sealed unsafe class CLibrary
{
    private CLibrary(nint malloc, nint free)
    {
        Malloc = (delegate* unmanaged<nuint, void*>)malloc;
        Free = (delegate* unmanaged<void*, void>)free;
    }

    public delegate* unmanaged<nuint, void*> Malloc { get; }

    public delegate* unmanaged<void*, void> Free { get; }

    /// <summary>Loads it, or returns null if it is missing or the loader refuses it.</summary>
    public static CLibrary? TryLoad(CPeer peer) =>
        NativeLibrary.TryLoad(peer.Library, out var library)
        && NativeLibrary.TryGetExport(library, peer.MallocName, out var malloc)
        && NativeLibrary.TryGetExport(library, peer.FreeName, out var free)
            ? new CLibrary(malloc, free)
            : null;
}
