using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;
using Silk.NET.Core.Loader;

namespace Arena.Os;

/// <summary>
/// mmap and its family, for Linux and macOS; the two differ in numbers and in how storage is given back.
/// </summary>
/// <remarks>
/// errno is read by the very statement after the call, as generated P/Invokes with SetLastError do: the runtime
/// keeps it over its own work at the call's return, and promises nothing beyond that.
/// </remarks>
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

    // MAP_FAILED: an address only by type, so it is no overflow.
    private static void* MapFailed => unchecked((void*)-1);

    public override nuint HugePageBytes => _numbers.AdviceHugePage == PosixNumbers.None ? 0 : 2u << 20;

    public static PosixVirtualMemory LoadLinux() =>
        new(new DefaultNativeContext(new UnmanagedLibrary(LinuxLibraries)), PosixNumbers.Linux);

    public static PosixVirtualMemory LoadMacOS() =>
        new(new DefaultNativeContext(new UnmanagedLibrary(MacLibraries)), PosixNumbers.MacOS);

    public override OsError Reserve(nuint byteCount, out void* address) =>
        Map(null, byteCount, _numbers.MapReserve, out address);

    // Over several mappings the kernel may fail midway and leave pages accessible that nobody counts as committed.
    // They have no storage until they are touched, and nobody touches them, so nothing of the contract changed.
    public override OsError Commit(void* address, nuint byteCount) =>
        SetProtection(address, byteCount, PosixNumbers.ProtectionReadWrite);

    public override OsError Decommit(void* address, nuint byteCount)
    {
        // XNU replaces a mapping in one step, and keeps the old one if it cannot.
        if (_numbers.AdviceDontNeed == PosixNumbers.None)
            return Map(address, byteCount, _numbers.MapReserve | PosixNumbers.MapFixed, out _);

        // Access goes first: between the two calls nobody can touch a page into life again. Only the
        // advice gives storage back; mprotect alone would keep it, and the old bytes would reappear.
        var error = SetProtection(address, byteCount, PosixNumbers.ProtectionNone);
        if (!error.Failed)
            error = Advise(address, byteCount, _numbers.AdviceDontNeed);
        // Either call may have failed midway; the pages are still committed, so they must be accessible.
        if (error.Failed)
            _ = SetProtection(address, byteCount, PosixNumbers.ProtectionReadWrite);
        return error;
    }

    public override OsError Release(void* address, nuint byteCount)
    {
        var result = _munmap(address, byteCount);
        var code = Marshal.GetLastSystemError();
        return Outcome(result == 0, "munmap", code);
    }

    public override OsError Protect(void* address, nuint byteCount, bool accessible) =>
        SetProtection(address, byteCount, accessible ? PosixNumbers.ProtectionReadWrite : PosixNumbers.ProtectionNone);

    public override OsError AdviseHugePages(void* address, nuint byteCount) =>
        _numbers.AdviceHugePage == PosixNumbers.None
            ? OsError.None
            : Advise(address, byteCount, _numbers.AdviceHugePage);

    private OsError Map(void* wanted, nuint byteCount, int flags, out void* address)
    {
        var result = _mmap(wanted, byteCount, PosixNumbers.ProtectionNone, flags, -1, 0);
        var code = Marshal.GetLastSystemError();
        var succeeded = result != MapFailed;
        address = succeeded ? result : null;
        return Outcome(succeeded, "mmap", code);
    }

    private OsError SetProtection(void* address, nuint byteCount, int protection)
    {
        var result = _mprotect(address, byteCount, protection);
        var code = Marshal.GetLastSystemError();
        return Outcome(result == 0, "mprotect", code);
    }

    private OsError Advise(void* address, nuint byteCount, int advice)
    {
        var result = _madvise(address, byteCount, advice);
        var code = Marshal.GetLastSystemError();
        return Outcome(result == 0, "madvise", code);
    }

    // ENOMEM reads "Cannot allocate memory" even on a machine with plenty, when it is mappings that ran out.
    private OsError Outcome(bool succeeded, string call, int code) => succeeded
        ? OsError.None
        : new OsError(call, code, code == PosixNumbers.NoMemory ? _numbers.NoMemoryRemedy : null);
}
