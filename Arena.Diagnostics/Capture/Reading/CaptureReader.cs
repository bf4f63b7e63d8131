using System.Buffers.Binary;

namespace Arena.Diagnostics;

/// <summary>
/// Finds the chunks of a capture file and passes their sections on. It skips damage up to the next whole chunk,
/// and takes the newer of the two slots of the latest state that is whole.
/// </summary>
internal sealed class CaptureReader(CaptureBuilder builder)
{
    private ulong _latestSequence;
    private int _latestStart;
    private int _latestBytes;
    private bool _isEnded;
    private bool _isCutOff;

    public Version Version { get; private set; } = new();

    /// <summary>True if the last chunk ends the capture.</summary>
    public bool IsEnded => _isEnded;

    /// <summary>Bytes that belong to no whole chunk.</summary>
    public long DamagedBytes { get; private set; }

    /// <summary>Bytes that were read to check which chunks are whole.</summary>
    public long CheckedBytes { get; private set; }

    public void Read(ReadOnlySpan<byte> file, string name)
    {
        CheckHeader(file, name);
        var sums = new ChecksumIndex(file);
        var position = CaptureFormat.FileHeaderBytes;
        while (position < file.Length)
        {
            if (TryReadChunk(ref sums, position, out var chunkBytes))
            {
                position += chunkBytes;
                continue;
            }
            var next = NextChunk(ref sums, position + 1);
            _isCutOff = next == file.Length;
            if (!_isCutOff)
                DamagedBytes += next - position;
            builder.LoseTrack();
            position = next;
        }
        if (_latestBytes > 0)
            TryReadSections(file.Slice(_latestStart, _latestBytes), isLatest: true);
        CheckedBytes = sums.LookedAtBytes;
    }

    /// <summary>Null, or one line about what is missing.</summary>
    public string? Problem(double seconds)
    {
        List<string> parts = [];
        if (!_isEnded)
        {
            parts.Add(FormattableString.Invariant(
                $"it was not ended: its process died or is still writing; known up to {seconds:F1} s"));
        }
        if (_isCutOff)
            parts.Add("its last part is cut off");
        if (DamagedBytes > 0)
            parts.Add($"{DamagedBytes} bytes are damaged and were skipped");
        return parts.Count == 0 ? null : string.Join("; ", parts);
    }

    private static int NextChunk(ref ChecksumIndex sums, int from)
    {
        while (from < sums.File.Length)
        {
            var found = sums.File[from..].IndexOf(CaptureFormat.ChunkMagic);
            if (found < 0)
                return sums.File.Length;
            from += found;
            if (IsWhole(ref sums, from, out _, out _))
                return from;
            from++;
        }
        return sums.File.Length;
    }

    // Contents may look like chunk headers, any number of them and of any length: checking one takes the same few
    // steps whatever length it claims.
    private static bool IsWhole(ref ChecksumIndex sums, int position, out ChunkKind kind, out int payloadBytes)
    {
        var bytes = sums.File[position..];
        kind = default;
        payloadBytes = 0;
        if (bytes.Length < CaptureFormat.ChunkHeaderBytes || !bytes.StartsWith(CaptureFormat.ChunkMagic))
            return false;
        kind = (ChunkKind)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (length > bytes.Length - CaptureFormat.ChunkHeaderBytes
            || (kind == ChunkKind.Latest && length < CaptureFormat.LatestHeaderBytes))
            return false;
        payloadBytes = (int)length;
        var summed = kind == ChunkKind.Latest ? CaptureFormat.LatestHeaderBytes : payloadBytes;
        var sum = sums.Checksum(
            position + CaptureFormat.ChunkHeaderBytes, summed, Crc32C.Of(bytes.Slice(4, 8)));
        return sum == BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
    }

    private void CheckHeader(ReadOnlySpan<byte> file, string name)
    {
        if (!file.StartsWith(CaptureFormat.FileMagic))
            throw new InvalidDataException($"'{name}' is not a capture: it does not begin with the letters ARENACAP.");
        if (file.Length < CaptureFormat.FileHeaderBytes)
            throw new InvalidDataException($"'{name}' is a capture of {file.Length} bytes and holds nothing.");
        if (Crc32C.Of(file[..12]) != BinaryPrimitives.ReadUInt32LittleEndian(file[12..]))
            throw new InvalidDataException($"'{name}' is a capture whose first bytes are damaged.");
        Version = new Version(
            BinaryPrimitives.ReadUInt16LittleEndian(file[8..]), BinaryPrimitives.ReadUInt16LittleEndian(file[10..]));
        if (Version.Major != CaptureFormat.Major)
        {
            throw new InvalidDataException(
                $"'{name}' is a capture of version {Version}, but this reads version {CaptureFormat.Major}: use the "
                + "library that wrote it, or a later one.");
        }
    }

    private bool TryReadChunk(ref ChecksumIndex sums, int position, out int chunkBytes)
    {
        chunkBytes = 0;
        if (!IsWhole(ref sums, position, out var kind, out var payloadBytes))
            return false;
        chunkBytes = CaptureFormat.ChunkHeaderBytes + payloadBytes;
        var payload = sums.File.Slice(position + CaptureFormat.ChunkHeaderBytes, payloadBytes);
        if (kind == ChunkKind.Latest)
        {
            FindLatest(payload, position + CaptureFormat.ChunkHeaderBytes);
            return true;
        }
        _isEnded |= kind == ChunkKind.End;
        if (kind is ChunkKind.Start or ChunkKind.Tick or ChunkKind.Map or ChunkKind.End)
            TryReadSections(payload, isLatest: false);
        return true;
    }

    private void FindLatest(ReadOnlySpan<byte> payload, int position)
    {
        var slotBytes = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if (2 * (long)slotBytes > payload.Length - CaptureFormat.LatestHeaderBytes)
            return;
        for (var i = 0; i < 2; i++)
        {
            var start = CaptureFormat.LatestHeaderBytes + i * (int)slotBytes;
            var slot = payload.Slice(start, (int)slotBytes);
            if (slot.Length < CaptureFormat.SlotHeaderBytes)
                return;
            var sequence = BinaryPrimitives.ReadUInt64LittleEndian(slot);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]);
            if (sequence <= _latestSequence || length > slot.Length - CaptureFormat.SlotHeaderBytes)
                continue;
            slot = slot[..(CaptureFormat.SlotHeaderBytes + (int)length)];
            if (CaptureFormat.SlotChecksum(slot) != BinaryPrimitives.ReadUInt32LittleEndian(slot[12..]))
                continue;
            _latestSequence = sequence;
            _latestStart = position + start + CaptureFormat.SlotHeaderBytes;
            _latestBytes = (int)length;
        }
    }

    // A right checksum over impossible contents means that something else wrote the file: it counts as damaged.
    private void TryReadSections(ReadOnlySpan<byte> payload, bool isLatest)
    {
        var reader = new ByteReader(payload);
        try
        {
            while (!reader.AtEnd)
            {
                var kind = (SectionKind)reader.Number();
                var section = new ByteReader(reader.Bytes(reader.Count()));
                builder.Add(kind, ref section, isLatest);
            }
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException or ArgumentException)
        {
            DamagedBytes += payload.Length;
            builder.LoseTrack();
        }
    }
}
