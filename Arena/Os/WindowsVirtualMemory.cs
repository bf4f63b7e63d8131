using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Arena.Os;

/// <summary>VirtualAlloc and its family.</summary>
/// <remarks>The last error is read by the statement after the call; see <see cref="PosixVirtualMemory"/>.</remarks>
internal sealed unsafe class WindowsVirtualMemory : VirtualMemory
{
    private const uint MemCommit = 0x1000;
    private const uint MemReserve = 0x2000;
    private const uint MemDecommit = 0x4000;
    private const uint MemRelease = 0x8000;
    private const uint MemWriteWatch = 0x20_0000;
    private const uint PageNoAccess = 0x01;
    private const uint PageReadWrite = 0x04;

    private readonly INativeContext _kernel32;
    private readonly uint _reserve;
    private readonly delegate* unmanaged<void*, nuint, uint, uint, void*> _virtualAlloc;
    private readonly delegate* unmanaged<void*, nuint, uint, int> _virtualFree;

    public WindowsVirtualMemory(INativeContext kernel32, nuint pageBytes)
        : this(kernel32, pageBytes, MemReserve)
    {
    }

    private WindowsVirtualMemory(INativeContext kernel32, nuint pageBytes, uint reserve)
    {
        _kernel32 = kernel32;
        _reserve = reserve;
        _virtualAlloc = (delegate* unmanaged<void*, nuint, uint, uint, void*>)kernel32.GetProcAddress("VirtualAlloc");
        _virtualFree = (delegate* unmanaged<void*, nuint, uint, int>)kernel32.GetProcAddress("VirtualFree");
        PageBytes = pageBytes;
    }

    public override nuint PageBytes { get; }

    // MEM_LARGE_PAGES needs a privilege and pages that are never given back, so it is not advice.
    public override nuint HugePageBytes => 0;

    public static WindowsVirtualMemory Load() =>
        new(new SystemLibrary("kernel32.dll"), (nuint)Environment.SystemPageSize);

    // The flag is for good, and costs a bit a page: so only where it was asked for.
    public override VirtualMemory ForTracking =>
        new WindowsVirtualMemory(_kernel32, PageBytes, MemReserve | MemWriteWatch);

    public override bool TracksWrites => _reserve != MemReserve;

    public override OsError TrackWrites(void* address, nuint byteCount, out WriteTracker? tracker)
    {
        tracker = new WindowsWriteTracker(_kernel32, PageBytes);
        return OsError.None;
    }

    public override OsError Reserve(nuint byteCount, out void* address) =>
        Allocate(null, byteCount, _reserve, PageNoAccess, out address);

    // Windows rounds the address down to 64 KiB and takes it, or fails.
    public override OsError ReserveAt(void* address, nuint byteCount) =>
        Allocate(address, byteCount, _reserve, PageNoAccess, out _);

    public override OsError Commit(void* address, nuint byteCount) =>
        Allocate(address, byteCount, MemCommit, PageReadWrite, out _);

    public override OsError Decommit(void* address, nuint byteCount) => Free(address, byteCount, MemDecommit);

    // Windows requires 0 here and releases what one VirtualAlloc reserved.
    public override OsError Release(void* address, nuint byteCount) => Free(address, 0, MemRelease);

    public override OsError AdviseHugePages(void* address, nuint byteCount) => OsError.None;

    private OsError Allocate(void* wanted, nuint byteCount, uint type, uint protection, out void* address)
    {
        address = _virtualAlloc(wanted, byteCount, type, protection);
        var code = Marshal.GetLastSystemError();
        return address != null ? OsError.None : new OsError("VirtualAlloc", code);
    }

    private OsError Free(void* address, nuint byteCount, uint type)
    {
        var result = _virtualFree(address, byteCount, type);
        var code = Marshal.GetLastSystemError();
        return result != 0 ? OsError.None : new OsError("VirtualFree", code);
    }
}
