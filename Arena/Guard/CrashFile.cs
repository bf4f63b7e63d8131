using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Text;

namespace Arena;

/// <summary>
/// A file, mapped into memory, with the guarded places and their lines. The records survive the end of the process. It
/// has a fixed size and holds no contents of memory, no paths and no arguments.
/// <code>
/// 0       magic, version | process | start | counts            64  address of the last fault, written by the recorder
/// 4096    | record 0 | record 1 | ... | record 4095 |          64 bytes each; the oldest is overwritten
///         | texts: 2 bytes of length, then UTF-8 | ...
/// </code>
/// </summary>
internal sealed unsafe class CrashFile
{
    public const ulong Magic = 0x3152_4341_4E45_5241; // ARENACR1
    public const int Version = 1;
    public const int HeaderBytes = 4096;
    public const int FaultOffset = 64;
    public const int RecordCount = 4096;
    public const int TextsOffset = HeaderBytes + RecordCount * 64;
    public const int TextsBytes = 128 << 10;
    public const int FileBytes = TextsOffset + TextsBytes;

    private const int MostTextBytes = 300;

    private static readonly Lock Opening = new();
    private static readonly Dictionary<string, CrashFile> Open = new(StringComparer.Ordinal);

    private readonly Lock _writing = new();
    private readonly Dictionary<int, int> _lines = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly byte* _file;
    private int _next;
    private int _textEnd = 1;

    // Both stay open as long as the process lives: late records must not reach memory that is gone.
    private readonly FileStream _stream;
    private readonly MemoryMappedFile _mapping;

    private CrashFile(FileStream stream)
    {
        _stream = stream;
        _stream.SetLength(0);
        _stream.SetLength(FileBytes);
        _mapping = MemoryMappedFile.CreateFromFile(
            _stream, null, FileBytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        var view = _mapping.CreateViewAccessor(0, FileBytes, MemoryMappedFileAccess.ReadWrite);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _file);
        *(ulong*)_file = Magic;
        *(int*)(_file + 8) = Version;
        *(int*)(_file + 12) = Environment.ProcessId;
        *(long*)(_file + 16) = DateTime.UtcNow.Ticks;
    }

    /// <summary>The address at which a recorder writes the address of a fault.</summary>
    public nuint* FaultAddress => (nuint*)(_file + FaultOffset);

    /// <summary>
    /// Opens the file of this process, the same for all arenas that name it. If another process has it open, this one
    /// appends its process number to the name.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written; the message names it and the remedy.</exception>
    public static CrashFile At(string path)
    {
        lock (Opening)
        {
            var full = Path.GetFullPath(path);
            if (Open.TryGetValue(full, out var known))
                return known;
            var file = new CrashFile(OpenStream(full));
            Open.Add(full, file);
            return file;
        }
    }

    /// <summary>Writes a record of a place that was just allocated.</summary>
    /// <returns>The record's number, from 1.</returns>
    public uint Add(in GuardRecord record, nuint placeEnd, string allocator)
    {
        lock (_writing)
        {
            var number = _next;
            _next = (_next + 1) % RecordCount;
            ref var place = ref RecordAt(number);
            // After a crash in the middle of this, a reader finds the record unused.
            place.State = 0;
            Volatile.WriteBarrier();
            place = new CrashRecord
            {
                Address = record.Address,
                ByteCount = record.ByteCount,
                Place = record.Place,
                PlaceEnd = placeEnd,
                AllocatedLine = LineText(record.AllocatedLine),
                Allocator = NameText(allocator),
                AllocatedThread = Environment.CurrentManagedThreadId,
            };
            Volatile.WriteBarrier();
            place.State = (int)GuardState.Live;
            return (uint)number + 1;
        }
    }

    /// <summary>Notes the free of a place, if its record was not overwritten.</summary>
    public void Free(uint number, in GuardRecord record)
    {
        lock (_writing)
        {
            ref var place = ref RecordAt((int)number - 1);
            if (place.Address != record.Address)
                return;
            place.FreedLine = LineText(record.FreedLine);
            place.FreedThread = Environment.CurrentManagedThreadId;
            place.FreedFrame = record.FreedFrame;
            Volatile.WriteBarrier();
            place.State = (int)GuardState.Waiting;
        }
    }

    /// <summary>Notes that a place went back to its allocator.</summary>
    public void Release(uint number, nuint address)
    {
        lock (_writing)
        {
            ref var place = ref RecordAt((int)number - 1);
            if (place.Address == address)
                place.State = (int)GuardState.Free;
        }
    }

    private static FileStream OpenStream(string path)
    {
        try
        {
            return Stream(path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process has it open.
            return Stream($"{path}.{Environment.ProcessId}");
        }
    }

    private static FileStream Stream(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or DirectoryNotFoundException
            or NotSupportedException or ArgumentException)
        {
            throw new IOException(
                $"GuardOptions.CrashReportPath: '{path}' cannot be written; name a file in a folder that exists and "
                + $"can be written to ({failure.Message})", failure);
        }
    }

    private ref CrashRecord RecordAt(int number) =>
        ref Unsafe.AsRef<CrashRecord>(_file + HeaderBytes + number * sizeof(CrashRecord));

    private int LineText(int number)
    {
        if (_lines.TryGetValue(number, out var text))
            return text;
        return _lines[number] = AddText(MemoryCorruptionException.Text(SourceLines.At(number)));
    }

    private int NameText(string name)
    {
        if (_names.TryGetValue(name, out var text))
            return text;
        return _names[name] = AddText(name);
    }

    // Adds a text, and returns its place; 0 for an empty one, or if there is no room.
    private int AddText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.Length > MostTextBytes ? text[..MostTextBytes] : text);
        if (bytes.Length == 0 || _textEnd + 2 + bytes.Length > TextsBytes)
            return 0;
        var place = _textEnd;
        *(ushort*)(_file + TextsOffset + place) = (ushort)bytes.Length;
        bytes.CopyTo(new Span<byte>(_file + TextsOffset + place + 2, bytes.Length));
        _textEnd += 2 + bytes.Length;
        return place;
    }
}
