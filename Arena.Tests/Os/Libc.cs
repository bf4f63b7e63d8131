using System.Runtime.InteropServices;

namespace Arena.Tests.Os;

/// <summary>The real calls of this process's C library, for the doubles that stand before them.</summary>
internal static unsafe class Libc
{
    public static readonly delegate* unmanaged<void*, nuint, int, int, int, nint, void*> MMap =
        (delegate* unmanaged<void*, nuint, int, int, int, nint, void*>)Export("mmap");

    public static readonly delegate* unmanaged<void*, nuint, int> MUnmap =
        (delegate* unmanaged<void*, nuint, int>)Export("munmap");

    public static readonly delegate* unmanaged<void*, nuint, int, int> MProtect =
        (delegate* unmanaged<void*, nuint, int, int>)Export("mprotect");

    public static readonly delegate* unmanaged<void*, nuint, int, int> MAdvise =
        (delegate* unmanaged<void*, nuint, int, int>)Export("madvise");

    /// <summary>MAP_FAILED.</summary>
    public static void* MapFailed => unchecked((void*)-1);

    private static nint Export(string name) => NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), name);
}
