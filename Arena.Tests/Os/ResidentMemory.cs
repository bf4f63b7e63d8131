using System.Runtime.InteropServices;

namespace Arena.Tests.Os;

/// <summary>Reads which bytes of a range have storage, as the operating system reports it.</summary>
internal static unsafe class ResidentMemory
{
    private const int PagesPerCall = 1024;
    private static readonly nint CurrentProcess = -1;

    private static readonly nint Query = OperatingSystem.IsWindows()
        ? NativeLibrary.GetExport(NativeLibrary.Load("kernel32.dll"), "K32QueryWorkingSetEx")
        : NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "mincore");

    /// <summary>Bytes with storage in a page-aligned range that is reserved as a whole.</summary>
    public static nuint Bytes(byte* address, nuint byteCount)
    {
        var pageBytes = (nuint)Environment.SystemPageSize;
        nuint resident = 0;
        for (var pages = byteCount / pageBytes; pages > 0;)
        {
            var asked = (int)nuint.Min(pages, PagesPerCall);
            var found = OperatingSystem.IsWindows()
                ? InWorkingSet(address, asked, pageBytes)
                : InCore(address, asked, pageBytes);
            resident += (nuint)found * pageBytes;
            address += (nuint)asked * pageBytes;
            pages -= (nuint)asked;
        }
        return resident;
    }

    // mincore answers for page tables: an anonymous page that has no storage is not in core.
    private static int InCore(byte* address, int pageCount, nuint pageBytes)
    {
        var states = stackalloc byte[PagesPerCall];
        var result = ((delegate* unmanaged<byte*, nuint, byte*, int>)Query)(
            address, (nuint)pageCount * pageBytes, states);
        if (result != 0)
            throw new InvalidOperationException($"mincore failed: {Marshal.GetLastSystemError()}");
        var count = 0;
        for (var i = 0; i < pageCount; i++)
            count += states[i] & 1;
        return count;
    }

    // PSAPI_WORKING_SET_EX_INFORMATION: an address, then flags whose bit 0 is "valid".
    private static int InWorkingSet(byte* address, int pageCount, nuint pageBytes)
    {
        var states = stackalloc nuint[2 * PagesPerCall];
        for (var i = 0; i < pageCount; i++)
            states[2 * i] = (nuint)address + (nuint)i * pageBytes;
        var result = ((delegate* unmanaged<nint, nuint*, int, int>)Query)(
            CurrentProcess, states, pageCount * 2 * sizeof(nuint));
        if (result == 0)
            throw new InvalidOperationException($"K32QueryWorkingSetEx failed: {Marshal.GetLastSystemError()}");
        var count = 0;
        for (var i = 0; i < pageCount; i++)
            count += (int)(states[2 * i + 1] & 1);
        return count;
    }
}
