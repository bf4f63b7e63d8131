using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Arena.Os;

/// <summary>A file in memory (memfd_create), which Linux has had since 3.17.</summary>
/// <remarks>The last error is read by the statement after the call; see <see cref="PosixVirtualMemory"/>.</remarks>
internal sealed unsafe class PosixStorageFile : StorageFile
{
    // MAP_SHARED, MAP_NORESERVE; MFD_CLOEXEC; FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE.
    private const int MapShared = 0x01 | 0x4000;
    private const uint CloseOnExec = 0x1;
    private const int PunchHole = 0x01 | 0x02;

    // lseek: the next byte that has storage, and the next one that has none.
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int NoMoreData = 6;

    private readonly delegate* unmanaged<void*, nuint, int, int, int, nint, void*> _mmap;
    private readonly delegate* unmanaged<int, int, nint, nint, int> _fallocate;
    private readonly delegate* unmanaged<int, void*, nuint, nint, nint> _pwrite;
    private readonly delegate* unmanaged<int, nint, int, nint> _lseek;
    private readonly delegate* unmanaged<int, int> _close;
    private readonly int _file;
    private readonly nuint _byteCount;
    private bool _isClosed;

    private PosixStorageFile(INativeContext libc, int file, nuint byteCount)
    {
        _file = file;
        _byteCount = byteCount;
        _mmap = (delegate* unmanaged<void*, nuint, int, int, int, nint, void*>)libc.GetProcAddress("mmap");
        _fallocate = (delegate* unmanaged<int, int, nint, nint, int>)libc.GetProcAddress("fallocate");
        _pwrite = (delegate* unmanaged<int, void*, nuint, nint, nint>)libc.GetProcAddress("pwrite");
        _lseek = (delegate* unmanaged<int, nint, int, nint>)libc.GetProcAddress("lseek");
        _close = (delegate* unmanaged<int, int>)libc.GetProcAddress("close");
    }

    /// <summary>Makes a file without storage.</summary>
    public static OsError Create(INativeContext libc, nuint byteCount, out StorageFile? file)
    {
        file = null;
        var create = (delegate* unmanaged<byte*, uint, int>)libc.GetProcAddress("memfd_create");
        var truncate = (delegate* unmanaged<int, nint, int>)libc.GetProcAddress("ftruncate");
        int descriptor;
        int code;
        fixed (byte* name = "arena"u8)
        {
            descriptor = create(name, CloseOnExec);
            code = Marshal.GetLastSystemError();
        }
        if (descriptor < 0)
            return new OsError("memfd_create", code, "each arena with SharePages takes a file descriptor (ulimit -n)");
        var made = new PosixStorageFile(libc, descriptor, byteCount);
        var result = truncate(descriptor, (nint)byteCount);
        code = Marshal.GetLastSystemError();
        if (result != 0)
        {
            made.Close();
            return new OsError("ftruncate", code);
        }
        file = made;
        return OsError.None;
    }

    public override OsError Show(nuint offset, void* address, nuint byteCount, bool isAccessible)
    {
        var protection = isAccessible ? PosixNumbers.ProtectionReadWrite : PosixNumbers.ProtectionNone;
        var result = _mmap(
            address, byteCount, protection, MapShared | PosixNumbers.MapFixed, _file, (nint)offset);
        var code = Marshal.GetLastSystemError();
        return Outcome(result == address, "mmap", code);
    }

    public override OsError GiveBack(nuint offset, nuint byteCount)
    {
        var result = _fallocate(_file, PunchHole, (nint)offset, (nint)byteCount);
        var code = Marshal.GetLastSystemError();
        return Outcome(result == 0, "fallocate", code);
    }

    public override OsError Write(nuint offset, void* source, nuint byteCount)
    {
        var written = _pwrite(_file, source, byteCount, (nint)offset);
        var code = Marshal.GetLastSystemError();
        return Outcome(written == (nint)byteCount, "pwrite", written < 0 ? code : PosixNumbers.NoMemory);
    }

    public override OsError Measure(out nuint byteCount)
    {
        byteCount = 0;
        for (nint at = 0; ;)
        {
            var data = _lseek(_file, at, SeekData);
            var code = Marshal.GetLastSystemError();
            if (data < 0)
                return Outcome(code == NoMoreData, "lseek", code);
            at = _lseek(_file, data, SeekHole);
            byteCount += (nuint)(at - data);
            if ((nuint)at >= _byteCount)
                return OsError.None;
        }
    }

    public override void Close()
    {
        if (!_isClosed)
            _ = _close(_file);
        _isClosed = true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static OsError Outcome(bool succeeded, string call, int code) => succeeded
        ? OsError.None
        : new OsError(
            call, code, code == PosixNumbers.NoMemory
                ? "if memory is not used up, vm.max_map_count is, which sysctl raises"
                : null);
}
