using System.Runtime.InteropServices;
using Arena.Os;

namespace Arena.Tests.Os;

/// <summary>
/// Windows's memory calls as far as the library uses them, played on Linux: VirtualAlloc, VirtualFree and
/// GetWriteWatch, with the flags and results of their documentation. What Windows would refuse is refused. Written
/// pages are found by comparing with a copy of one reservation, so one context serves one arena.
/// </summary>
internal sealed unsafe class WindowsContext : LibcContext
{
    private const int PageBytes = 4096;
    private const uint Commit = 0x1000;
    private const uint Reserve = 0x2000;
    private const uint Decommit = 0x4000;
    private const uint Release = 0x8000;
    private const uint WriteWatch = 0x20_0000;
    private const uint NoAccess = 0x01;
    private const uint ReadWrite = 0x04;
    private const int InvalidParameter = 87;

    // MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE; MAP_FIXED_NOREPLACE; MADV_DONTNEED.
    private const int LinuxReserve = 0x4022;
    private const int NoReplace = 0x10_0000;
    private const int DontNeed = 4;

    [ThreadStatic]
    private static WindowsContext? current;

    private readonly Dictionary<nuint, byte[]> _seen = [];
    private readonly HashSet<nuint> _committed = [];
    private byte* _start;
    private nuint _byteCount;
    private bool _watches;

    public WindowsContext()
    {
        current = this;
        Memory = new WindowsVirtualMemory(this, PageBytes);
    }

    /// <summary>The Windows side of the library on this context.</summary>
    public WindowsVirtualMemory Memory { get; }

    /// <summary>Counts the calls that ask for written pages.</summary>
    public int WatchCount { get; private set; }

    /// <summary>GetWriteWatch fails from now on.</summary>
    public bool RefusesWatch { get; set; }

    protected override nint AddressOf(string function) => function switch
    {
        "VirtualAlloc" => (nint)(delegate* unmanaged<void*, nuint, uint, uint, void*>)&Allocate,
        "VirtualFree" => (nint)(delegate* unmanaged<void*, nuint, uint, int>)&Free,
        "GetWriteWatch" =>
            (nint)(delegate* unmanaged<uint, void*, nuint, void**, nuint*, uint*, uint>)&GetWriteWatch,
        _ => 0,
    };

    public override void Dispose()
    {
        base.Dispose();
        if (current == this)
            current = null;
    }

    [UnmanagedCallersOnly]
    private static void* Allocate(void* wanted, nuint byteCount, uint type, uint protection) =>
        (type, protection) switch
        {
            (Reserve, NoAccess) or (Reserve | WriteWatch, NoAccess) => current!.ReserveRange(wanted, byteCount, type),
            (Commit, ReadWrite) when wanted != null => current!.CommitRange((byte*)wanted, byteCount),
            _ => Refuse(),
        };

    [UnmanagedCallersOnly]
    private static int Free(void* address, nuint byteCount, uint type) => type switch
    {
        Decommit when byteCount != 0 => current!.DecommitRange((byte*)address, byteCount),
        Release when byteCount == 0 && address == current!._start => Libc.MUnmap(address, current._byteCount) + 1,
        _ => Refuse() == null ? 0 : 1,
    };

    [UnmanagedCallersOnly]
    private static uint GetWriteWatch(
        uint flags, void* start, nuint byteCount, void** addresses, nuint* count, uint* granularity)
    {
        var context = current!;
        context.WatchCount++;
        *granularity = PageBytes;
        if (!context._watches || context.RefusesWatch || flags > 1)
        {
            Refuse();
            return uint.MaxValue;
        }
        var room = *count;
        *count = 0;
        for (var page = (nuint)start; page < (nuint)start + byteCount && *count < room; page += PageBytes)
        {
            if (!context.IsWritten(page))
                continue;
            if (flags == 1)
                context._seen[page] = new Span<byte>((void*)page, PageBytes).ToArray();
            addresses[(*count)++] = (void*)page;
        }
        return 0;
    }

    private static void* Refuse()
    {
        Marshal.SetLastSystemError(InvalidParameter);
        return null;
    }

    private bool IsWritten(nuint page)
    {
        if (!_committed.Contains(page))
            return false;
        var now = new Span<byte>((void*)page, PageBytes);
        return _seen.TryGetValue(page, out var seen)
            ? !now.SequenceEqual(seen)
            : now.ContainsAnyExcept((byte)0);
    }

    private void* ReserveRange(void* wanted, nuint byteCount, uint type)
    {
        var address = Libc.MMap(wanted, byteCount, 0, LinuxReserve | (wanted == null ? 0 : NoReplace), -1, 0);
        if (address == Libc.MapFailed)
            return Refuse();
        _start = (byte*)address;
        _byteCount = byteCount;
        _watches = (type & WriteWatch) != 0;
        return address;
    }

    private void* CommitRange(byte* address, nuint byteCount)
    {
        if (Libc.MProtect(address, byteCount, 0x1 | 0x2) != 0)
            return Refuse();
        for (nuint at = 0; at < byteCount; at += PageBytes)
            _committed.Add((nuint)address + at);
        return address;
    }

    private int DecommitRange(byte* address, nuint byteCount)
    {
        for (nuint at = 0; at < byteCount; at += PageBytes)
            _committed.Remove((nuint)address + at);
        return Libc.MAdvise(address, byteCount, DontNeed) == 0 && Libc.MProtect(address, byteCount, 0) == 0 ? 1 : 0;
    }
}
