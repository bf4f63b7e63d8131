using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Arena.Os;

/// <summary>
/// GetWriteWatch, for a reservation that was made with MEM_WRITE_WATCH. A write costs nothing more than elsewhere.
/// </summary>
/// <remarks>The last error is read by the statement after the call; see <see cref="PosixVirtualMemory"/>.</remarks>
internal sealed unsafe class WindowsWriteTracker : WriteTracker
{
    private const uint ResetWatch = 1;
    private const uint Succeeded = 0;
    private const int MostAddresses = 512;

    private readonly delegate* unmanaged<uint, void*, nuint, void**, nuint*, uint*, uint> _getWriteWatch;
    private readonly nuint _pageBytes;

    public WindowsWriteTracker(INativeContext kernel32, nuint pageBytes)
    {
        _getWriteWatch = (delegate* unmanaged<uint, void*, nuint, void**, nuint*, uint*, uint>)
            kernel32.GetProcAddress("GetWriteWatch");
        _pageBytes = pageBytes;
    }

    // Addresses are listed one by one, in order; where there is room for no more, the rest is neither listed nor
    // forgotten.
    public override OsError Collect(ref byte* from, byte* end, bool forgets, Span<PageRun> runs, out int count)
    {
        var addresses = stackalloc void*[MostAddresses];
        var room = (nuint)Math.Min(MostAddresses, runs.Length);
        var listed = room;
        uint granularity;
        count = 0;
        var result = _getWriteWatch(
            forgets ? ResetWatch : 0, from, (nuint)(end - from), addresses, &listed, &granularity);
        var code = Marshal.GetLastSystemError();
        if (result != Succeeded)
            return new OsError("GetWriteWatch", code);
        for (nuint i = 0; i < listed; i++)
        {
            var start = (ulong)addresses[i];
            if (count > 0 && runs[count - 1].End == start)
                runs[count - 1].End = start + _pageBytes;
            else
                runs[count++] = new PageRun { Start = start, End = start + _pageBytes };
        }
        from = listed < room ? end : (byte*)addresses[listed - 1] + _pageBytes;
        return OsError.None;
    }

    public override void Dispose()
    {
    }
}
