using System.Runtime.InteropServices;
using Arena.Os;

namespace Arena.Tests.Os;

/// <summary>
/// Linux's memory calls, of which the n-th fails with a chosen errno and does nothing; all are counted by name.
/// </summary>
/// <remarks>
/// Native code can only call static methods, so the calls find their context by thread: what a thread calls belongs to
/// the context that was made last on it. Threads, and so test classes, do not see each other's; a thread without a
/// context gets the real calls. Being asked for the page size is not counted, it cannot fail.
/// </remarks>
internal sealed unsafe class FailingContext : LibcContext
{
    public const int NoMemory = 12;

    [ThreadStatic]
    private static FailingContext? current;

    private readonly Dictionary<string, int> _callsByName = [];
    private readonly int _pageBytes;
    private int _failAt;
    private int _failTo;
    private int _error;
    private Random? _random;
    private int _oneIn;

    /// <param name="numbers">The numbers of a Linux; null takes those of the running one.</param>
    /// <param name="pageBytes">A multiple of the running one's, which is 0.</param>
    public FailingContext(PosixNumbers? numbers = null, int pageBytes = 0)
    {
        current = this;
        _pageBytes = pageBytes == 0 ? Environment.SystemPageSize : pageBytes;
        Memory = new PosixVirtualMemory(this, numbers ?? Running);
    }

    /// <summary>The numbers of the running Linux.</summary>
    public static PosixNumbers Running =>
        VirtualMemory.Native.GuardsOverlay ? PosixNumbers.Linux : PosixNumbers.LinuxWithoutGuards;

    /// <summary>
    /// Linux that takes access with storage, as Windows and macOS do: each use of a page begins with a call that can
    /// fail.
    /// </summary>
    public static PosixNumbers TakingAccess { get; } = PosixNumbers.LinuxWithoutGuards with
    {
        AdviceDontNeed = PosixNumbers.None,
        Mappings = null,
    };

    /// <summary>The operating system as seen through this context.</summary>
    public PosixVirtualMemory Memory { get; }

    /// <summary>Calls since the last <see cref="Reset"/>, failed ones too.</summary>
    public int CallCount { get; private set; }

    /// <summary>Calls that were made to fail since the last <see cref="Reset"/>.</summary>
    public int FailedCount { get; private set; }

    /// <summary>Files that were opened and not closed.</summary>
    public int OpenFiles { get; private set; }

    /// <summary>
    /// True if the system ever refused to make pages small again: then a huge page may give storage back to those of
    /// its pages that were decommitted. A reset does not change that.
    /// </summary>
    public bool LeftPagesHuge { get; private set; }

    /// <summary>Lets the calling thread's calls go through this context from now on; one thread at a time.</summary>
    public void TakeThread() => current = this;

    /// <summary>Lets the n-th call from now on fail, counted from 1, and as many after it as wanted.</summary>
    public void FailAt(int n, int errno = NoMemory, int times = 1)
    {
        Reset();
        _failAt = n;
        _failTo = (int)Math.Min(int.MaxValue, (long)n + times);
        _error = errno;
    }

    /// <summary>Fails one call in <paramref name="oneIn"/>, at random, until the next <see cref="Reset"/>.</summary>
    public void FailRandomly(int seed, int oneIn, int errno = NoMemory)
    {
        Reset();
        _random = new Random(seed);
        _oneIn = oneIn;
        _error = errno;
    }

    /// <summary>Fails nothing more, and counts from zero again.</summary>
    public void Reset()
    {
        _random = null;
        (CallCount, FailedCount, _failAt, _failTo) = (0, 0, 0, 0);
        _callsByName.Clear();
    }

    public int CallsOf(string name) => _callsByName.GetValueOrDefault(name);

    protected override nint AddressOf(string function) => function switch
    {
        "mmap" => (nint)(delegate* unmanaged<void*, nuint, int, int, int, nint, void*>)&Map,
        "munmap" => (nint)(delegate* unmanaged<void*, nuint, int>)&Unmap,
        "mprotect" => (nint)(delegate* unmanaged<void*, nuint, int, int>)&Protect,
        "madvise" => (nint)(delegate* unmanaged<void*, nuint, int, int>)&Advise,
        "memfd_create" => (nint)(delegate* unmanaged<byte*, uint, int>)&CreateFile,
        "ftruncate" => (nint)(delegate* unmanaged<int, nint, int>)&Truncate,
        "fallocate" => (nint)(delegate* unmanaged<int, int, nint, nint, int>)&Allocate,
        "pwrite" => (nint)(delegate* unmanaged<int, void*, nuint, nint, nint>)&Write,
        "syscall" => (nint)(delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint>)&SystemCall,
        "ioctl" => (nint)(delegate* unmanaged<int, nuint, void*, int>)&IoControl,
        "open" => (nint)(delegate* unmanaged<byte*, int, int>)&Open,
        "lseek" => Libc.Seek,
        "close" => (nint)(delegate* unmanaged<int, int>)&Close,
        "getpagesize" => (nint)(delegate* unmanaged<int>)&GetPageSize,
        _ => 0,
    };

    public override void Dispose()
    {
        if (current == this)
            current = null;
        base.Dispose();
    }

    // Every double leaves errno as its last act: nothing managed may run after it.
    private static bool Fails(string name)
    {
        if (current is not { } context)
            return false;
        context.CallCount++;
        context._callsByName[name] = context.CallsOf(name) + 1;
        var isChosen = context._random is { } random
            ? random.Next(context._oneIn) == 0
            : context.CallCount >= context._failAt && context.CallCount < context._failTo;
        if (!isChosen)
            return false;
        context.FailedCount++;
        Marshal.SetLastSystemError(context._error);
        return true;
    }

    [UnmanagedCallersOnly]
    private static void* Map(void* address, nuint byteCount, int protection, int flags, int file, nint offset) =>
        Fails("mmap") ? Libc.MapFailed : Libc.MMap(address, byteCount, protection, flags, file, offset);

    [UnmanagedCallersOnly]
    private static int Unmap(void* address, nuint byteCount) =>
        Fails("munmap") ? -1 : Libc.MUnmap(address, byteCount);

    [UnmanagedCallersOnly]
    private static int Protect(void* address, nuint byteCount, int protection) =>
        Fails("mprotect") ? -1 : Libc.MProtect(address, byteCount, protection);

    [UnmanagedCallersOnly]
    private static int Advise(void* address, nuint byteCount, int advice)
    {
        if (!Fails("madvise"))
            return Libc.MAdvise(address, byteCount, advice);
        if (advice == Running.AdviceNoHugePage)
        {
            current!.LeftPagesHuge = true;
            Marshal.SetLastSystemError(current._error);
        }
        return -1;
    }

    [UnmanagedCallersOnly]
    private static int CreateFile(byte* name, uint flags) =>
        Fails("memfd_create") ? -1 : (int)Opened(Libc.MemfdCreate(name, flags));

    [UnmanagedCallersOnly]
    private static int Truncate(int file, nint byteCount) =>
        Fails("ftruncate") ? -1 : Libc.FTruncate(file, byteCount);

    [UnmanagedCallersOnly]
    private static int Allocate(int file, int mode, nint offset, nint byteCount) =>
        Fails("fallocate") ? -1 : Libc.FAllocate(file, mode, offset, byteCount);

    [UnmanagedCallersOnly]
    private static nint Write(int file, void* source, nuint byteCount, nint offset) =>
        Fails("pwrite") ? -1 : Libc.PWrite(file, source, byteCount, offset);

    [UnmanagedCallersOnly]
    private static nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e)
    {
        if (Fails("syscall"))
            return -1;
        var result = Libc.SystemCall(number, a, b, c, d, e);
        return number == PosixWriteTracker.SystemCall || number == PosixWriteTracker.ProcessOpenCall
            ? Opened(result)
            : result;
    }

    [UnmanagedCallersOnly]
    private static int IoControl(int file, nuint request, void* argument) =>
        Fails("ioctl") ? -1 : Libc.IoControl(file, request, argument);

    [UnmanagedCallersOnly]
    private static int Open(byte* path, int flags) => Fails("open") ? -1 : (int)Opened(Libc.Open(path, flags));

    private static nint Opened(nint file)
    {
        if (file >= 0 && current is { } context)
            context.OpenFiles++;
        return file;
    }

    [UnmanagedCallersOnly]
    private static int Close(int file)
    {
        if (current is { } context)
            context.OpenFiles--;
        return Libc.Close(file);
    }

    [UnmanagedCallersOnly]
    private static int GetPageSize() => current?._pageBytes ?? Environment.SystemPageSize;
}
