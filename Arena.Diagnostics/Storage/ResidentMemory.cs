using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Arena.Diagnostics;

/// <summary>Reads the bytes of this process that have storage, as the operating system counts them.</summary>
/// <remarks>
/// Linux: the second number of /proc/self/statm, in pages, read through a handle that is kept open; the kernel writes
/// the file again for every read at offset 0. No garbage. Windows: the working set (GetProcessMemoryInfo, by way of
/// <see cref="Environment.WorkingSet"/>), no garbage. macOS: the same property, which makes some.
/// </remarks>
internal sealed class ResidentMemory : IDisposable
{
    private const string StatmPath = "/proc/self/statm";

    private readonly SafeFileHandle? _statm = OperatingSystem.IsLinux() && File.Exists(StatmPath)
        ? File.OpenHandle(StatmPath) : null;

    /// <summary>Returns the resident bytes; 0 if the system does not report them.</summary>
    public long Read()
    {
        if (_statm is null)
            return OperatingSystem.IsLinux() ? 0 : Environment.WorkingSet;
        Span<byte> text = stackalloc byte[256];
        var length = RandomAccess.Read(_statm, text, 0);
        return Pages(text[..length]) * Environment.SystemPageSize;
    }

    public void Dispose() => _statm?.Dispose();

    /// <summary>Parses the second number of a line; 0 if there is none.</summary>
    internal static long Pages(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        return space >= 0 && Utf8Parser.TryParse(line[(space + 1)..], out long pages, out _) ? pages : 0;
    }
}
