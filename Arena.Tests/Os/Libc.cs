using System.Runtime.InteropServices;

namespace Arena.Tests.Os;

/// <summary>The real calls of this process's C library, for the doubles that wrap them.</summary>
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

    public static readonly delegate* unmanaged<byte*, uint, int> MemfdCreate =
        (delegate* unmanaged<byte*, uint, int>)Export("memfd_create");

    public static readonly delegate* unmanaged<int, nint, int> FTruncate =
        (delegate* unmanaged<int, nint, int>)Export("ftruncate");

    public static readonly delegate* unmanaged<int, int, nint, nint, int> FAllocate =
        (delegate* unmanaged<int, int, nint, nint, int>)Export("fallocate");

    public static readonly delegate* unmanaged<int, void*, nuint, nint, nint> PWrite =
        (delegate* unmanaged<int, void*, nuint, nint, nint>)Export("pwrite");

    public static readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint> SystemCall =
        (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint>)Export("syscall");

    public static readonly delegate* unmanaged<int, nuint, void*, int> IoControl =
        (delegate* unmanaged<int, nuint, void*, int>)Export("ioctl");

    public static readonly delegate* unmanaged<byte*, int, int> Open =
        (delegate* unmanaged<byte*, int, int>)Export("open");

    public static readonly nint Seek = Export("lseek");

    public static readonly delegate* unmanaged<int, int> Close = (delegate* unmanaged<int, int>)Export("close");

    /// <summary>MAP_FAILED.</summary>
    public static void* MapFailed => unchecked((void*)-1);

    private static nint Export(string name) => NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), name);
}
