using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Arena.Diagnostics;

/// <summary>Reads the resident bytes of this process without garbage, which Environment.WorkingSet makes on Linux.
/// </summary>
internal sealed class ProcessMemory : IDisposable
{
    private const string LinuxFile = "/proc/self/statm";

    private readonly SafeFileHandle? _linux;
    private readonly byte[] _text = new byte[128];

    public ProcessMemory()
    {
        if (OperatingSystem.IsLinux() && File.Exists(LinuxFile))
            _linux = File.OpenHandle(LinuxFile);
    }

    public long ResidentBytes()
    {
        if (_linux is null)
            return Environment.WorkingSet;
        // "size resident shared text lib data dt", in pages.
        var text = _text.AsSpan(0, RandomAccess.Read(_linux, _text, 0));
        var second = text[(text.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(second, out long pages, out _) ? pages * Environment.SystemPageSize : 0;
    }

    public void Dispose() => _linux?.Dispose();
}
