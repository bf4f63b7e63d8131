using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Arena.Diagnostics;

/// <summary>
/// The file that a sampler appends to: its contents stay readable if the process is killed at any moment.
/// </summary>
/// <remarks>
/// A header of twelve bytes (the letters ArenaMem and the version) and records (<see cref="RecordBuffer"/>), each
/// handed to the operating system whole as it is made; nothing waits in a buffer of this process. When the file reaches
/// its limit, the merged cells are written to a new one, which replaces it in one step.
/// If the file cannot be written, the sampler gives up the file, not the game: <see cref="Error"/> says why.
/// </remarks>
internal sealed class SampleFile : IDisposable
{
    public const int Version = 1;
    public const int HeadBytes = 12;
    public const byte TagsBit = 1;
    public const byte SitesBit = 2;

    private readonly string _path;
    private readonly DateTimeOffset _startedAt;
    private readonly RecordBuffer _record = new();
    private readonly DeltaEncoder _tags = new();
    private readonly DeltaEncoder _sites = new();
    private SafeFileHandle? _handle;
    private long _length;
    private long _limit;
    private int _namedTags;
    private int _namedSites;
    private long _live;
    private long _committed;
    private long _resident;

    /// <summary>Creates the file.</summary>
    /// <exception cref="IOException">The file exists, or cannot be created.</exception>
    public SampleFile(string path, DateTimeOffset startedAt, long limit, SampleStore store)
    {
        _path = path;
        _startedAt = startedAt;
        _limit = limit;
        _handle = Create(path, FileMode.CreateNew);
        try
        {
            WriteHead(store);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public static ReadOnlySpan<byte> Magic => "ArenaMem"u8;

    /// <summary>The reason why the file is no longer written; null if it is written.</summary>
    public string? Error { get; private set; }

    /// <summary>Appends a sample of the store, and the names of categories that are not in the file yet.</summary>
    public void Append(in MemoryCell sample, ReadOnlySpan<long> tags, ReadOnlySpan<long> sites, SampleStore store)
    {
        if (_handle is null)
            return;
        try
        {
            WriteNames(store);
            _record.Begin(RecordKind.Sample).Double(sample.Seconds);
            Difference(ref _live, sample.LiveBytes);
            Difference(ref _committed, sample.CommittedBytes);
            Difference(ref _resident, sample.ResidentBytes);
            _tags.Write(tags, _record);
            _sites.Write(sites, _record);
            Write(_record.End());
            if (_length >= _limit)
                Renew(store);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error = $"{_path}: {e.Message}";
            Dispose();
        }
    }

    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private static SafeFileHandle Create(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.Write, FileShare.Read | FileShare.Delete);

    // Whatever happens meanwhile, one of the two files is whole.
    private void Renew(SampleStore store)
    {
        string fresh = _path + ".new";
        Dispose();
        _handle = Create(fresh, FileMode.Create);
        _length = 0;
        WriteHead(store);
        (_namedTags, _namedSites) = (0, 0);
        WriteNames(store);
        Write(_record.Begin(RecordKind.Level).Byte((byte)store.Level).End());
        for (int cell = 0; cell < store.CellCount; cell++)
            WriteCell(store, cell);
        RandomAccess.FlushToDisk(_handle);
        Dispose();
        File.Move(fresh, _path, overwrite: true);
        _handle = Create(_path, FileMode.Open);
        // If even the cells fill the file, it is not rewritten at every sample.
        _limit = Math.Max(_limit, 2 * _length);
        (_live, _committed, _resident) = (0, 0, 0);
        _tags.Forget();
        _sites.Forget();
    }

    private void WriteHead(SampleStore store)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head[Magic.Length..], Version);
        Write(head);
        int kinds = (store.Tags.Count > 0 ? TagsBit : 0) | (store.Sites.Count > 0 ? SitesBit : 0);
        Write(_record.Begin(RecordKind.Begin).Signed(_startedAt.ToUnixTimeMilliseconds())
            .Byte((byte)kinds).Unsigned((ulong)store.CellsMax).End());
    }

    private void WriteNames(SampleStore store)
    {
        for (; _namedTags < store.Tags.CategoryCount; _namedTags++)
            Write(_record.Begin(RecordKind.Category).Byte(TagsBit).Text(store.Tags.NameOf(_namedTags + 1)).End());
        for (; _namedSites < store.Sites.CategoryCount; _namedSites++)
            Write(_record.Begin(RecordKind.Category).Byte(SitesBit).Text(store.Sites.NameOf(_namedSites + 1)).End());
    }

    private void WriteCell(SampleStore store, int number)
    {
        var cell = store.Cells[number];
        _record.Begin(RecordKind.Cell).Unsigned((ulong)cell.SampleCount)
            .Double(cell.Seconds).Double(cell.LiveBytes).Double(cell.FloorBytes).Double(cell.FloorSeconds)
            .Double(cell.PeakBytes).Double(cell.CommittedBytes).Double(cell.ResidentBytes);
        WriteColumns(store.Tags, number);
        WriteColumns(store.Sites, number);
        Write(_record.End());
    }

    private void WriteColumns(CategoryColumns categories, int cell)
    {
        for (int column = 0; column < categories.Count; column++)
        {
            var value = categories.Column(column, cell + 1)[cell];
            _record.Double(value.Mean).Double(value.Floor);
        }
    }

    private void Difference(ref long previous, double value)
    {
        long now = (long)value;
        _record.Signed(unchecked(now - previous));
        previous = now;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle!, bytes, _length);
        _length += bytes.Length;
    }
}
