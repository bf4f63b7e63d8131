using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Arena.Os;

/// <summary>
/// userfaultfd in its asynchronous write-protecting mode, with the ioctl PAGEMAP_SCAN: Linux 6.7 and later, for every
/// user. The first write to a protected page costs a fault that the kernel resolves by itself, about a microsecond;
/// one call lists the pages that are not protected, and protects them.
/// </summary>
/// <remarks>
/// The file descriptor ends the protection when it is closed, by the kernel too. Errors are read by the statement after
/// the call; see <see cref="PosixVirtualMemory"/>.
/// </remarks>
internal sealed unsafe class PosixWriteTracker : WriteTracker
{
    // linux/userfaultfd.h: the calls with the sizes of their arguments in them, and the flags.
    private const nuint ApiCall = 0xC018_AA3F;
    private const nuint RegisterCall = 0xC020_AA00;
    private const nuint WriteProtectCall = 0xC018_AA06;
    private const ulong Api = 0xAA;
    private const ulong AsynchronousProtection = 1 << 15;
    private const ulong RegisterForProtection = 1 << 1;
    private const nint UserModeOnly = 1;

    // linux/fs.h.
    private const nuint ScanCall = 0xC060_6610;
    private const ulong ProtectMatching = 1 << 0;
    private const ulong CheckAsynchronous = 1 << 1;
    private const ulong IsWritten = 1 << 1;

    // asm-generic/unistd.h, the same on all processors: pidfd_open and process_madvise; and MADV_POPULATE_WRITE.
    internal const nint ProcessOpenCall = 434;
    private const nint ProcessAdviseCall = 440;
    private const nint PopulateForWriting = 23;

    // The kernel takes 1,024 parts in a call.
    private const int MostParts = 1024;

    // asm-generic/fcntl.h: O_CLOEXEC and O_NONBLOCK.
    private const int CloseOnExec = 0x8_0000;
    private const int NonBlocking = 0x800;

    private const string Remedy =
        "it takes Linux 6.7 or later, and a sandbox may forbid it; a history then compares pages";

    private readonly delegate* unmanaged<int, nuint, void*, int> _ioctl;
    private readonly delegate* unmanaged<int, int> _close;
    private readonly delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint> _call;
    private int _faults = -1;
    private int _pages = -1;
    private int _process = -1;
    private bool _lacksVector;

    private PosixWriteTracker(INativeContext libc)
    {
        _ioctl = (delegate* unmanaged<int, nuint, void*, int>)libc.GetProcAddress("ioctl");
        _call = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint>)libc.GetProcAddress("syscall");
        _close = (delegate* unmanaged<int, int>)libc.GetProcAddress("close");
    }

    /// <summary>The number of the system call userfaultfd; 0 where this code does not know it.</summary>
    public static nint SystemCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 323,
        Architecture.Arm64 => 282,
        _ => 0,
    };

    /// <summary>Begins to track a whole reservation.</summary>
    public static OsError Create(INativeContext libc, void* address, nuint byteCount, out WriteTracker? tracker)
    {
        var made = new PosixWriteTracker(libc);
        var error = made.Open(libc);
        if (!error.Failed)
            error = made.Register(address, byteCount);
        tracker = error.Failed ? null : made;
        if (error.Failed)
            made.Dispose();
        return error;
    }

    public override OsError Collect(ref byte* from, byte* end, bool forgets, Span<PageRun> runs, out int count)
    {
        fixed (PageRun* first = runs)
        {
            var scan = new Scan
            {
                Size = (ulong)sizeof(Scan),
                Flags = CheckAsynchronous | (forgets ? ProtectMatching : 0),
                Start = (ulong)from,
                End = (ulong)end,
                Runs = (ulong)first,
                RunCount = (ulong)runs.Length,
                Required = IsWritten,
                Returned = IsWritten,
            };
            var result = _ioctl(_pages, ScanCall, &scan);
            var code = Marshal.GetLastSystemError();
            count = Math.Max(result, 0);
            if (result < 0)
                return new OsError("ioctl(PAGEMAP_SCAN)", code, Remedy);
            from = count < runs.Length ? end : (byte*)scan.WalkedTo;
            return OsError.None;
        }
    }

    public override void Permit(ReadOnlySpan<PageRun> runs)
    {
        while (runs.Length > 1 && TryFault(runs[..Math.Min(runs.Length, MostParts)]))
            runs = runs[Math.Min(runs.Length, MostParts)..];
        foreach (ref readonly var run in runs)
        {
            var range = new Protection { Start = run.Start, ByteCount = run.End - run.Start };
            _ = _ioctl(_faults, WriteProtectCall, &range);
        }
    }

    public override void Dispose()
    {
        if (_pages >= 0)
            _ = _close(_pages);
        if (_faults >= 0)
            _ = _close(_faults);
        if (_process >= 0)
            _ = _close(_process);
        (_pages, _faults, _process) = (-1, -1, -1);
    }

    // One call takes the faults of the first writes to all of the pages. That costs three quarters of a call for each
    // run, which also empties the processor's table of translations. Kernels before 6.13 do not know it for a vector.
    private bool TryFault(ReadOnlySpan<PageRun> runs)
    {
        if (_process < 0 && !_lacksVector)
            _process = (int)_call(ProcessOpenCall, Environment.ProcessId, 0, 0, 0, 0);
        _lacksVector |= _process < 0;
        if (_lacksVector)
            return false;
        var parts = stackalloc Part[MostParts];
        ulong byteCount = 0;
        for (var i = 0; i < runs.Length; i++)
        {
            parts[i] = new Part { Start = runs[i].Start, ByteCount = runs[i].End - runs[i].Start };
            byteCount += parts[i].ByteCount;
        }
        var done = _call(ProcessAdviseCall, _process, (nint)parts, runs.Length, PopulateForWriting, 0);
        _lacksVector = done < 0;
        return (ulong)done == byteCount;
    }

    private OsError Open(INativeContext libc)
    {
        var open = (delegate* unmanaged<byte*, int, int>)libc.GetProcAddress("open");
        var faults = _call(SystemCall, CloseOnExec | NonBlocking | UserModeOnly, 0, 0, 0, 0);
        var code = Marshal.GetLastSystemError();
        if (faults < 0)
            return new OsError("userfaultfd", code, Remedy);
        _faults = (int)faults;
        var api = new ApiRequest { Api = Api, Features = AsynchronousProtection };
        var result = _ioctl(_faults, ApiCall, &api);
        code = Marshal.GetLastSystemError();
        if (result != 0)
            return new OsError("ioctl(UFFDIO_API)", code, Remedy);
        fixed (byte* path = "/proc/self/pagemap\0"u8)
        {
            _pages = open(path, CloseOnExec);
            code = Marshal.GetLastSystemError();
        }
        return _pages < 0 ? new OsError("open(/proc/self/pagemap)", code, Remedy) : OsError.None;
    }

    private OsError Register(void* address, nuint byteCount)
    {
        var range = new Registration
        {
            Start = (ulong)address, ByteCount = byteCount, Mode = RegisterForProtection,
        };
        var result = _ioctl(_faults, RegisterCall, &range);
        var code = Marshal.GetLastSystemError();
        if (result != 0)
            return new OsError("ioctl(UFFDIO_REGISTER)", code, Remedy);
        // Kernels before 6.7 do not know how to list pages.
        Span<PageRun> runs = stackalloc PageRun[1];
        var from = (byte*)address;
        return Collect(ref from, from + Environment.SystemPageSize, forgets: false, runs, out _);
    }

    private struct ApiRequest
    {
        public ulong Api;
        public ulong Features;
        public ulong Calls;
    }

    private struct Registration
    {
        public ulong Start;
        public ulong ByteCount;
        public ulong Mode;
        public ulong Calls;
    }

    private struct Protection
    {
        public ulong Start;
        public ulong ByteCount;

        // 0: writes are permitted.
        public ulong Mode;
    }

    private struct Part
    {
        public ulong Start;
        public ulong ByteCount;
    }

    private struct Scan
    {
        public ulong Size;
        public ulong Flags;
        public ulong Start;
        public ulong End;
        public ulong WalkedTo;
        public ulong Runs;
        public ulong RunCount;
        public ulong MaximumPages;
        public ulong Inverted;
        public ulong Required;
        public ulong AnyOf;
        public ulong Returned;
    }
}
