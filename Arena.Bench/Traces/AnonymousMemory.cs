using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Arena.Bench.Traces;

/// <summary>
/// Reads the anonymous bytes of this process that have storage, as Linux counts them page by page, without the
/// code of libraries. Reading makes no garbage.
/// </summary>
internal sealed class AnonymousMemory : IDisposable
{
    private const string Rollup = "/proc/self/smaps_rollup";

    private readonly SafeFileHandle _file = File.OpenHandle(Rollup);

    public static bool CanBeAsked => File.Exists(Rollup);

    public nuint Bytes()
    {
        Span<byte> text = stackalloc byte[4096];
        var read = text[..RandomAccess.Read(_file, text, 0)];
        var at = read.IndexOf("\nAnonymous:"u8);
        if (at < 0)
            throw new InvalidDataException($"{Rollup} has no line 'Anonymous'.");
        var number = read[(at + "\nAnonymous:"u8.Length)..].TrimStart((byte)' ');
        return Utf8Parser.TryParse(number, out ulong kilobytes, out _) ? (nuint)kilobytes * 1024 : 0;
    }

    public void Dispose() => _file.Dispose();
}
