using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Arena.Diagnostics;

/// <summary>
/// A capture file that is being written: chunks are appended, each by one system call, and the two slots of the
/// "latest" chunk are overwritten in turn, so that one of them is whole whenever the process dies.
/// </summary>
internal class CaptureFile : IDisposable
{
    private const int FirstSlotBytes = 16 << 10;

    private readonly string _path;
    private readonly ByteWriter _latestChunk = new(CaptureFormat.ChunkHeaderBytes);
    private SafeFileHandle? _handle;
    private bool _isNew;
    private long _slots;
    private int _slotBytes;
    private ulong _sequence;

    public CaptureFile(string path) => _path = path;

    /// <summary>Bytes of the file.</summary>
    public long Length { get; private set; }

    /// <summary>Opens the file without changing it. Others may read, move or delete it while it is written.</summary>
    /// <exception cref="IOException">Another writer has it open, or it cannot be opened.</exception>
    public void Open() => _handle ??= OwnFile.Open(_path, out _isNew);

    /// <summary>Replaces the contents of the file.</summary>
    public void Begin()
    {
        Open();
        if (RandomAccess.GetLength(Handle) > 0)
            RandomAccess.SetLength(Handle, 0);
        Span<byte> header = stackalloc byte[CaptureFormat.FileHeaderBytes];
        CaptureFormat.WriteFileHeader(header);
        Append(header);
    }

    public void Append(ChunkKind kind, ByteWriter chunk)
    {
        chunk.End();
        CaptureFormat.WriteChunkHeader(chunk.All, kind);
        Append(chunk.All);
    }

    /// <summary>Overwrites the older of the two slots.</summary>
    public void WriteLatest(ByteWriter slot)
    {
        slot.End();
        if (slot.Count > _slotBytes)
            MakeSlots(Math.Max(FirstSlotBytes, 2 * slot.Count));
        CaptureFormat.WriteSlotHeader(slot.All, ++_sequence);
        WriteAt(_slots + (long)(_sequence & 1) * _slotBytes, slot.All);
    }

    /// <summary>Leaves the file as it was before it was opened; not allowed after it was begun.</summary>
    public void Abandon()
    {
        Dispose();
        if (_isNew)
            File.Delete(_path);
    }

    public void Dispose() => _handle?.Dispose();

    /// <summary>Makes the one system call.</summary>
    protected virtual void WriteAt(long position, ReadOnlySpan<byte> bytes) =>
        RandomAccess.Write(Handle, bytes, position);

    private SafeFileHandle Handle => _handle ?? throw new InvalidOperationException("The file was not opened.");

    private void Append(ReadOnlySpan<byte> bytes)
    {
        WriteAt(Length, bytes);
        Length += bytes.Length;
    }

    // The earlier slots stay where they are, and any later one supersedes them by its sequence.
    private void MakeSlots(int slotBytes)
    {
        _latestChunk.Clear();
        _latestChunk.Zeros(CaptureFormat.LatestHeaderBytes + 2 * slotBytes);
        var payload = _latestChunk.All[CaptureFormat.ChunkHeaderBytes..];
        BinaryPrimitives.WriteInt32LittleEndian(payload, slotBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[4..], Crc32C.Of(payload[..4]));
        var start = Length;
        Append(ChunkKind.Latest, _latestChunk);
        _slots = start + CaptureFormat.ChunkHeaderBytes + CaptureFormat.LatestHeaderBytes;
        _slotBytes = slotBytes;
    }
}
