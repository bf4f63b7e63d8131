using Silk.NET.Core.Contexts;
using Silk.NET.Core.Loader;

namespace Arena.Os;

/// <summary>VirtualAlloc and its family.</summary>
internal sealed unsafe class WindowsVirtualMemory : VirtualMemory
{
    private const uint MemCommit = 0x1000;
    private const uint MemReserve = 0x2000;
    private const uint MemDecommit = 0x4000;
    private const uint MemRelease = 0x8000;
    private const uint PageNoAccess = 0x01;
    private const uint PageReadWrite = 0x04;

    private readonly delegate* unmanaged<void*, nuint, uint, uint, void*> _virtualAlloc;
    private readonly delegate* unmanaged<void*, nuint, uint, int> _virtualFree;
    private readonly delegate* unmanaged<void*, nuint, uint, uint*, int> _virtualProtect;

    public WindowsVirtualMemory(INativeContext kernel32, nuint pageBytes)
    {
        _virtualAlloc = (delegate* unmanaged<void*, nuint, uint, uint, void*>)kernel32.GetProcAddress("VirtualAlloc");
        _virtualFree = (delegate* unmanaged<void*, nuint, uint, int>)kernel32.GetProcAddress("VirtualFree");
        _virtualProtect =
            (delegate* unmanaged<void*, nuint, uint, uint*, int>)kernel32.GetProcAddress("VirtualProtect");
        PageBytes = pageBytes;
    }

    public override nuint PageBytes { get; }

    // MEM_LARGE_PAGES wants a privilege and pages that are never given back: not advice.
    public override nuint HugePageBytes => 0;

    public static WindowsVirtualMemory Load() =>
        new(new DefaultNativeContext(new UnmanagedLibrary("kernel32.dll")), (nuint)Environment.SystemPageSize);

    public override OsError Reserve(nuint byteCount, out void* address)
    {
        address = _virtualAlloc(null, byteCount, MemReserve, PageNoAccess);
        return address == null ? OsError.Last("VirtualAlloc") : OsError.None;
    }

    public override OsError Commit(void* address, nuint byteCount) =>
        _virtualAlloc(address, byteCount, MemCommit, PageReadWrite) == null
            ? OsError.Last("VirtualAlloc")
            : OsError.None;

    public override OsError Decommit(void* address, nuint byteCount) =>
        Check(_virtualFree(address, byteCount, MemDecommit), "VirtualFree");

    // Windows wants 0 here and releases what one VirtualAlloc reserved.
    public override OsError Release(void* address, nuint byteCount) =>
        Check(_virtualFree(address, 0, MemRelease), "VirtualFree");

    public override OsError Protect(void* address, nuint byteCount, bool accessible)
    {
        uint previous;
        return Check(
            _virtualProtect(address, byteCount, accessible ? PageReadWrite : PageNoAccess, &previous),
            "VirtualProtect");
    }

    public override OsError AdviseHugePages(void* address, nuint byteCount) => OsError.None;

    private static OsError Check(int result, string call) => result != 0 ? OsError.None : OsError.Last(call);
}
