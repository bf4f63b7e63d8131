using Silk.NET.Core.Contexts;
using Silk.NET.Core.Loader;

namespace Arena.Os;

/// <summary>
/// mmap and its family, for Linux and macOS; the two differ in numbers and in how storage is given back.
/// </summary>
internal sealed unsafe class PosixVirtualMemory : VirtualMemory
{
    // The process needs libc as long as it runs, so the library is never unloaded.
    private static readonly string[] LinuxLibraries = ["libc.so.6", "libc"];
    private static readonly string[] MacLibraries = ["libSystem.B.dylib", "libSystem.dylib"];

    private readonly PosixNumbers _numbers;
    private readonly delegate* unmanaged<void*, nuint, int, int, int, nint, void*> _mmap;
    private readonly delegate* unmanaged<void*, nuint, int> _munmap;
    private readonly delegate* unmanaged<void*, nuint, int, int> _mprotect;
    private readonly delegate* unmanaged<void*, nuint, int, int> _madvise;

    public PosixVirtualMemory(INativeContext libc, PosixNumbers numbers)
    {
        _numbers = numbers;
        _mmap = (delegate* unmanaged<void*, nuint, int, int, int, nint, void*>)libc.GetProcAddress("mmap");
        _munmap = (delegate* unmanaged<void*, nuint, int>)libc.GetProcAddress("munmap");
        _mprotect = (delegate* unmanaged<void*, nuint, int, int>)libc.GetProcAddress("mprotect");
        _madvise = (delegate* unmanaged<void*, nuint, int, int>)libc.GetProcAddress("madvise");
        var getPageSize = (delegate* unmanaged<int>)libc.GetProcAddress("getpagesize");
        PageBytes = (nuint)getPageSize();
    }

    public override nuint PageBytes { get; }

    public override nuint HugePageBytes => _numbers.AdviceHugePage == PosixNumbers.None ? 0 : 2u << 20;

    public static PosixVirtualMemory LoadLinux() =>
        new(new DefaultNativeContext(new UnmanagedLibrary(LinuxLibraries)), PosixNumbers.Linux);

    public static PosixVirtualMemory LoadMacOS() =>
        new(new DefaultNativeContext(new UnmanagedLibrary(MacLibraries)), PosixNumbers.MacOS);

    public override OsError Reserve(nuint byteCount, out void* address)
    {
        address = _mmap(null, byteCount, PosixNumbers.ProtectionNone, _numbers.MapReserve, -1, 0);
        if (address != (void*)-1)
            return OsError.None;
        address = null;
        return OsError.Last("mmap");
    }

    public override OsError Commit(void* address, nuint byteCount) =>
        Check(_mprotect(address, byteCount, PosixNumbers.ProtectionReadWrite), "mprotect");

    public override OsError Decommit(void* address, nuint byteCount)
    {
        // Access goes first: between the two calls nobody can touch a page into life again. Only the
        // advice gives storage back; mprotect alone would keep it, and the old bytes would reappear.
        var error = Check(_mprotect(address, byteCount, PosixNumbers.ProtectionNone), "mprotect");
        if (error.Failed)
            return error;
        error = GiveBack(address, byteCount);
        if (error.Failed)
            _ = _mprotect(address, byteCount, PosixNumbers.ProtectionReadWrite);
        return error;
    }

    public override OsError Release(void* address, nuint byteCount) =>
        Check(_munmap(address, byteCount), "munmap");

    public override OsError Protect(void* address, nuint byteCount, bool accessible) =>
        Check(
            _mprotect(address, byteCount, accessible ? PosixNumbers.ProtectionReadWrite : PosixNumbers.ProtectionNone),
            "mprotect");

    public override OsError AdviseHugePages(void* address, nuint byteCount) =>
        _numbers.AdviceHugePage == PosixNumbers.None
            ? OsError.None
            : Check(_madvise(address, byteCount, _numbers.AdviceHugePage), "madvise");

    private OsError GiveBack(void* address, nuint byteCount)
    {
        if (_numbers.AdviceDontNeed != PosixNumbers.None)
            return Check(_madvise(address, byteCount, _numbers.AdviceDontNeed), "madvise");
        // No advice of macOS both frees and zeroes; a fresh mapping over the old one does.
        var mapped = _mmap(
            address, byteCount, PosixNumbers.ProtectionNone, _numbers.MapReserve | PosixNumbers.MapFixed, -1, 0);
        return mapped == (void*)-1 ? OsError.Last("mmap") : OsError.None;
    }

    private static OsError Check(int result, string call) => result == 0 ? OsError.None : OsError.Last(call);
}
