using System.Runtime.InteropServices;
using Arena.Os;

namespace Arena.Tests.Os;

/// <summary>
/// macOS on ARM as far as the memory calls show it, played on Linux: 16 KiB pages, macOS's numbers, nothing else.
/// Whatever macOS would not understand is EINVAL. It keeps no state, so every thread may use it.
/// </summary>
internal sealed unsafe class MacContext : LibcContext
{
    public const int PageBytes = 16384;

    private const int InvalidArgument = 22;
    private const int ReadWrite = 0x1 | 0x2;

    // MAP_PRIVATE 0x02, MAP_FIXED 0x10, MAP_NORESERVE 0x40, MAP_ANON 0x1000.
    private const int MacReserve = 0x1042;
    private const int MacReplace = 0x1052;

    // MAP_PRIVATE 0x02, MAP_FIXED 0x10, MAP_ANONYMOUS 0x20, MAP_NORESERVE 0x4000.
    private const int LinuxReserve = 0x4022;
    private const int LinuxReplace = 0x4032;

    private MacContext()
    {
    }

    /// <summary>The macOS side of the library on this context.</summary>
    public static PosixVirtualMemory Memory { get; } = new(new MacContext(), PosixNumbers.MacOS);

    protected override nint AddressOf(string function) => function switch
    {
        "mmap" => (nint)(delegate* unmanaged<void*, nuint, int, int, int, nint, void*>)&Map,
        "munmap" => (nint)(delegate* unmanaged<void*, nuint, int>)&Unmap,
        "mprotect" => (nint)(delegate* unmanaged<void*, nuint, int, int>)&Protect,
        "madvise" => (nint)(delegate* unmanaged<void*, nuint, int, int>)&Advise,
        "getpagesize" => (nint)(delegate* unmanaged<int>)&GetPageSize,
        _ => 0,
    };

    [UnmanagedCallersOnly]
    private static void* Map(void* address, nuint byteCount, int protection, int flags, int file, nint offset)
    {
        var understood = protection == 0 && file == -1 && offset == 0 && IsWhole(address, byteCount);
        if (understood && flags == MacReplace && address != null)
            return Libc.MMap(address, byteCount, 0, LinuxReplace, -1, 0);
        if (understood && flags == MacReserve && address == null)
            return Reserve(byteCount);
        Refuse();
        return Libc.MapFailed;
    }

    // Linux places on 4 KiB pages: reserve a page more and give back what hangs over at both ends.
    private static void* Reserve(nuint byteCount)
    {
        // Saturating: what no address space holds must not wrap into what one does.
        var withSlack = byteCount > nuint.MaxValue - PageBytes ? byteCount : byteCount + PageBytes;
        var result = Libc.MMap(null, withSlack, 0, LinuxReserve, -1, 0);
        if (result == Libc.MapFailed)
            return result;
        var before = (nuint)(-(nint)result & (PageBytes - 1));
        var address = (byte*)result + before;
        if (before > 0)
            _ = Libc.MUnmap(result, before);
        _ = Libc.MUnmap(address + byteCount, PageBytes - before);
        return address;
    }

    [UnmanagedCallersOnly]
    private static int Unmap(void* address, nuint byteCount) =>
        IsWhole(address, byteCount) ? Libc.MUnmap(address, byteCount) : Refuse();

    [UnmanagedCallersOnly]
    private static int Protect(void* address, nuint byteCount, int protection) =>
        protection is 0 or ReadWrite && IsWhole(address, byteCount)
            ? Libc.MProtect(address, byteCount, protection)
            : Refuse();

    // No advice of macOS does what the library needs, so it must give none.
    [UnmanagedCallersOnly]
    private static int Advise(void* address, nuint byteCount, int advice) => Refuse();

    [UnmanagedCallersOnly]
    private static int GetPageSize() => PageBytes;

    private static bool IsWhole(void* address, nuint byteCount) =>
        byteCount > 0 && ((nuint)address | byteCount) % PageBytes == 0;

    private static int Refuse()
    {
        Marshal.SetLastSystemError(InvalidArgument);
        return -1;
    }
}
