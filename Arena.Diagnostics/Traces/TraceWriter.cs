using System.Buffers.Text;
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

    private readonly FileStream _file;
    private readonly GZipStream _zip;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    public TraceWriter(string path)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        try
        {
            WriteHeader("", new TraceSums());
            _zip = new GZipStream(_file, CompressionLevel.Fastest, leaveOpen: true);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
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
    }

    /// <summary>Writes what is left, and the header with its sums.</summary>
    public void Finish(string program, in TraceSums sums)
    {
        Flush();
        _zip.Dispose();
        _file.Position = 0;
        WriteHeader(program, sums);
    }

    public void Dispose()
    {
        _zip.Dispose();
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

    private void Flush()
    {
        _zip.Write(_buffer, 0, _used);
        _used = 0;
    }
}
