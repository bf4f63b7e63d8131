using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Arena.Os;

/// <summary>
/// mmap and its family, for Linux and macOS; the two differ in numbers and in how storage is given back.
/// </summary>
/// <remarks>
/// errno is read by the very statement after the call, as generated P/Invokes with SetLastError do: the runtime
/// preserves it over its own work at the call's return, and promises nothing beyond that.
/// </remarks>
internal sealed unsafe class PosixVirtualMemory : VirtualMemory
{
    private readonly INativeContext _libc;
    private readonly PosixNumbers _numbers;
    private readonly delegate* unmanaged<void*, nuint, int, int, int, nint, void*> _mmap;
    private readonly delegate* unmanaged<void*, nuint, int> _munmap;
    private readonly delegate* unmanaged<void*, nuint, int, int> _mprotect;
    private readonly delegate* unmanaged<void*, nuint, int, int> _madvise;

    public PosixVirtualMemory(INativeContext libc, PosixNumbers numbers)
    {
        _libc = libc;
        _numbers = numbers;
        _mmap = (delegate* unmanaged<void*, nuint, int, int, int, nint, void*>)libc.GetProcAddress("mmap");
        _munmap = (delegate* unmanaged<void*, nuint, int>)libc.GetProcAddress("munmap");
        _mprotect = (delegate* unmanaged<void*, nuint, int, int>)libc.GetProcAddress("mprotect");
        _madvise = (delegate* unmanaged<void*, nuint, int, int>)libc.GetProcAddress("madvise");
        var getPageSize = (delegate* unmanaged<int>)libc.GetProcAddress("getpagesize");
        PageBytes = (nuint)getPageSize();
    }

    public override nuint PageBytes { get; }

    public override MappingCount? Mappings => _numbers.Mappings;

    public override bool DecommitKeepsAccess => _numbers.AdviceDontNeed != PosixNumbers.None;

    public override bool GuardsOverlay => _numbers.AdviceGuardInstall != PosixNumbers.None;

    public override bool ReleasesParts => true;

    // MAP_FAILED is an address only by type, so this is no overflow.
    private static void* MapFailed => unchecked((void*)-1);

    public override nuint HugePageBytes => _numbers.AdviceHugePage == PosixNumbers.None ? 0 : 2u << 20;

    public static PosixVirtualMemory LoadLinux()
    {
        var libc = new SystemLibrary("libc.so.6", "libc");
        var memory = new PosixVirtualMemory(libc, PosixNumbers.Linux);
        return memory.GuardsWork() ? memory : new PosixVirtualMemory(libc, PosixNumbers.LinuxWithoutGuards);
    }

    public static PosixVirtualMemory LoadMacOS() =>
        new(new SystemLibrary("libSystem.B.dylib", "libSystem.dylib"), PosixNumbers.MacOS);

    public override OsError Reserve(nuint byteCount, out void* address)
    {
        var error = Map(null, byteCount, _numbers.MapReserve, out address);
        if (error.Failed)
            return error;
        Prepare(address, byteCount);
        return error;
    }

    // A system that does not know the flag may place the mapping elsewhere.
    public override OsError ReserveAt(void* address, nuint byteCount)
    {
        var error = Map(address, byteCount, _numbers.MapReserve | _numbers.MapFixedNoReplace, out var place);
        if (error.Failed)
            return error;
        if (place != address)
        {
            _ = Release(place, byteCount);
            return new OsError("mmap", PosixNumbers.Exists);
        }
        Prepare(address, byteCount);
        return error;
    }

    public override bool TracksWrites => _numbers.TracksWrites && PosixWriteTracker.SystemCall != 0;

    public override OsError TrackWrites(void* address, nuint byteCount, out WriteTracker? tracker) => TracksWrites
        ? PosixWriteTracker.Create(_libc, address, byteCount, out tracker)
        : base.TrackWrites(address, byteCount, out tracker);

    public override bool HasFiles => _numbers.HasMemoryFiles;

    public override OsError CreateFile(nuint byteCount, out StorageFile? file) => HasFiles
        ? PosixStorageFile.Create(_libc, byteCount, out file)
        : base.CreateFile(byteCount, out file);

    // Across several mappings the kernel may fail midway and leave pages accessible that are not counted as committed.
    // They have no storage until they are touched, and nothing touches them, so the contract still holds.
    public override OsError Commit(void* address, nuint byteCount) =>
        SetProtection(address, byteCount, PosixNumbers.ProtectionReadWrite);

    // XNU replaces a mapping in one step, and keeps the old one if it cannot.
    public override OsError Decommit(void* address, nuint byteCount) => DecommitKeepsAccess
        ? Advise(address, byteCount, _numbers.AdviceDontNeed)
        : Map(address, byteCount, _numbers.MapReserve | PosixNumbers.MapFixed, out _);

    public override OsError Release(void* address, nuint byteCount)
    {
        var result = _munmap(address, byteCount);
        var code = Marshal.GetLastSystemError();
        return Outcome(result == 0, "munmap", code);
    }

    public override OsError Guard(void* page)
    {
        if (GuardsOverlay)
            return Advise(page, PageBytes, _numbers.AdviceGuardInstall);
        var error = Decommit(page, PageBytes);
        return error.Failed || !DecommitKeepsAccess
            ? error
            : SetProtection(page, PageBytes, PosixNumbers.ProtectionNone);
    }

    public override OsError Unguard(void* address, nuint byteCount) =>
        GuardsOverlay ? Advise(address, byteCount, _numbers.AdviceGuardRemove) : OsError.None;

    public override OsError AdviseHugePages(void* address, nuint byteCount) =>
        _numbers.AdviceHugePage == PosixNumbers.None
            ? OsError.None
            : Advise(address, byteCount, _numbers.AdviceHugePage);

    public override OsError AdviseSmallPages(void* address, nuint byteCount) =>
        _numbers.AdviceNoHugePage == PosixNumbers.None
            ? OsError.None
            : Advise(address, byteCount, _numbers.AdviceNoHugePage);

    // Kernels without huge pages know no such advice.
    private void Prepare(void* address, nuint byteCount)
    {
        _ = AdviseSmallPages(address, byteCount);
        if (DecommitKeepsAccess)
            LetMappingsMerge(address);
    }

    // Two accessible ranges that grow together stay two mappings if each got the kernel's record of anonymous pages
    // (anon_vma) at its own first touch: of 50 islands whose gaps were filled, 50 mappings were left. A touch before
    // the reservation is divided gives all parts the same record. Where a call fails, or strict overcommit marks the
    // page for good, islands do not merge, and the arena's count of its mappings is too low.
    private void LetMappingsMerge(void* address)
    {
        if (SetProtection(address, PageBytes, PosixNumbers.ProtectionReadWrite).Failed)
            return;
        *(byte*)address = 0;
        _ = SetProtection(address, PageBytes, PosixNumbers.ProtectionNone);
        _ = Advise(address, PageBytes, _numbers.AdviceDontNeed);
    }

    // Older kernels, sandboxes and locked memory refuse the advice.
    private bool GuardsWork()
    {
        if (Reserve(PageBytes, out var page).Failed)
            return false;
        var works = !Guard(page).Failed;
        _ = Release(page, PageBytes);
        return works;
    }

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

    // ENOMEM reads "Cannot allocate memory" even on a machine with plenty of memory, when mappings ran out.
    private OsError Outcome(bool succeeded, string call, int code) => succeeded
        ? OsError.None
        : new OsError(call, code, code == PosixNumbers.NoMemory ? _numbers.NoMemoryRemedy : null);
}
