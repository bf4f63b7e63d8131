using System.Buffers.Text;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// Writes arena-trace v1 as gzip, in two members, which every reader takes as one text:
/// <code>
/// | header: stored, of one length whatever it says | events, compressed |
/// </code>
/// The header holds sums that are known only at the end; because its length does not depend on them it is then written
/// again in place.
/// </summary>
internal sealed class TraceWriter : IDisposable
{
    private const int BufferBytes = 64 << 10;

    // "a ", two numbers of 20 digits, a thread of 5, separators.
    private const int MostLineBytes = 64;
    private const int HeaderBytes = 400;
    private const int MostProgramBytes = 200;

    // The most that a process that dies may lose, if it ends frames.
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly bool _isNew;
    private readonly FileStream _file;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private GZipStream? _zip;
    private long _flushed;
    private int _used;

    /// <summary>Opens a file; nothing in it changes before the first write.</summary>
    /// <exception cref="IOException">Another writer has it open, or it cannot be opened.</exception>
    public TraceWriter(string path)
    {
        _path = path;
        _file = new FileStream(OwnFile.Open(path, out _isNew), FileAccess.ReadWrite);
    }

    /// <summary>Replaces the contents of the file.</summary>
    [MemberNotNull(nameof(_zip))]
    public void Begin()
    {
        if (_zip is not null)
            return;
        if (_file.Length > 0)
            _file.SetLength(0);
        WriteHeader("", new TraceSums());
        _zip = new GZipStream(_file, CompressionLevel.Fastest, leaveOpen: true);
    }

    public void Allocate(long id, nuint byteCount, int thread)
    {
        Begin('a', id);
        AddNumber(byteCount);
        End(thread);
    }

    public void Free(long id, int thread)
    {
        Begin('f', id);
        End(thread);
    }

    public void Tick()
    {
        MakeRoom();
        _buffer[_used++] = (byte)'m';
        _buffer[_used++] = (byte)'\n';
        if (_flushed == 0 || Stopwatch.GetElapsedTime(_flushed) >= FlushInterval)
            Flush();
    }

    /// <summary>Writes a line for a person to read.</summary>
    public void Remark(string text)
    {
        Flush();
        _used = Encoding.UTF8.GetBytes($"# {text}\n", _buffer);
    }

    /// <summary>Writes the rest, and the header with its sums.</summary>
    public void Finish(string program, in TraceSums sums)
    {
        Flush();
        _zip?.Dispose();
        _file.Position = 0;
        WriteHeader(program, sums);
    }

    /// <summary>Leaves the file as it was, if nothing was written.</summary>
    public void Abandon()
    {
        Dispose();
        if (_isNew)
            File.Delete(_path);
    }

    public void Dispose()
    {
        _zip?.Dispose();
        _file.Dispose();
    }

    private void WriteHeader(string program, in TraceSums sums)
    {
        // A quote would end the name, a line feed the header.
        var name = new string([.. program.Where(c => !char.IsControl(c) && c != '"')]);
        while (Encoding.UTF8.GetByteCount(name) > MostProgramBytes)
            name = name[..^1];
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"# arena-trace v1 program=\"{name}\" events={sums.EventCount} threads={sums.ThreadCount} ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"peakLiveBytes={sums.PeakLiveBytes} peakLiveCount={sums.PeakLiveCount}");
        var header = new byte[HeaderBytes];
        Array.Fill(header, (byte)' ');
        Encoding.UTF8.GetBytes(text, header);
        header[^1] = (byte)'\n';
        using var stored = new GZipStream(_file, CompressionLevel.NoCompression, leaveOpen: true);
        stored.Write(header);
    }

    private void Begin(char kind, long id)
    {
        MakeRoom();
        _buffer[_used++] = (byte)kind;
        AddNumber((ulong)id);
    }

    private void End(int thread)
    {
        if (thread != 0)
        {
            _buffer[_used++] = (byte)' ';
            _buffer[_used++] = (byte)'t';
            AddDigits((ulong)thread);
        }
        _buffer[_used++] = (byte)'\n';
    }

    private void AddNumber(ulong value)
    {
        _buffer[_used++] = (byte)' ';
        AddDigits(value);
    }

    private void AddDigits(ulong value)
    {
        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out var length);
        _used += length;
    }

    private void MakeRoom()
    {
        if (BufferBytes - _used < MostLineBytes)
            Flush();
    }

    // Hands everything to the system, so that it is in the file whatever happens to the process.
    private void Flush()
    {
        Begin();
        _zip.Write(_buffer, 0, _used);
        _used = 0;
        _zip.Flush();
        _file.Flush();
        _flushed = Stopwatch.GetTimestamp();
    }
}
