using System.Buffers.Binary;

namespace Arena.Diagnostics;

/// <summary>
/// Reads a sampler's file, record by record, up to the first that is cut off or impossible: a right checksum
/// over impossible contents means that something else wrote the record.
/// </summary>
internal sealed class SampleFileReader(string path, Stream file)
{
    private readonly SampleHistory _none = new(MemorySamplerOptions.CellsMin);
    private SampleHistory? _history;
    private long _live;
    private long _committed;
    private long _resident;
    private double _seconds = -1;
    private byte[] _bytes = new byte[256];

    /// <summary>The history that was read; empty if not even the first record is whole.</summary>
    public SampleHistory History => _history ?? _none;

    public DateTimeOffset StartedAt { get; private set; }

    public long UnreadableBytes { get; private set; }

    public void ReadAll()
    {
        Span<byte> head = stackalloc byte[SampleFile.HeadBytes];
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length
            || !head.StartsWith(SampleFile.Magic))
            throw new InvalidDataException($"{path} is not a memory sampler's file.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(head[SampleFile.Magic.Length..]);
        if (version != SampleFile.Version)
            throw new InvalidDataException($"{path} has version {version}; this reads version {SampleFile.Version}.");
        long whole = head.Length;
        while (TryReadRecord(out var kind, out int end) && TryApply(kind, end))
            whole = file.Position;
        UnreadableBytes = file.Length - whole;
    }

    private bool TryReadRecord(out RecordKind kind, out int end)
    {
        kind = default;
        end = 0;
        if (!TryFill(0, RecordBuffer.HeadBytes))
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(_bytes);
        // A length beyond the end of the file is invalid: it must not take memory either.
        if (length < 0 || length + (long)RecordBuffer.SumBytes > file.Length - file.Position)
            return false;
        end = RecordBuffer.HeadBytes + length;
        if (!TryFill(RecordBuffer.HeadBytes, end + RecordBuffer.SumBytes))
            return false;
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(end));
        if (sum != Crc32C.Of(_bytes.AsSpan(0, end)))
            return false;
        kind = (RecordKind)_bytes[RecordBuffer.HeadBytes - 1];
        return true;
    }

    private bool TryFill(int from, int to)
    {
        if (to > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(to, (int)Math.Min(2L * _bytes.Length, file.Length)));
        return file.ReadAtLeast(_bytes.AsSpan(from..to), to - from, throwOnEndOfStream: false) == to - from;
    }

    // The first record decides how all others are read: without it, nothing can be read.
    private bool TryApply(RecordKind kind, int end)
    {
        var record = new ByteReader(_bytes.AsSpan(RecordBuffer.HeadBytes..end));
        if (_history is null)
        {
            _history = Begin(kind, ref record);
            return true;
        }
        try
        {
            Apply(kind, ref record, _history);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private SampleHistory Begin(RecordKind kind, ref ByteReader record)
    {
        if (kind != RecordKind.Begin)
            throw new InvalidDataException($"{path} does not begin as a memory sampler's file does.");
        long milliseconds = record.Signed();
        int kinds = record.Byte(), cells = record.Count();
        if (milliseconds < DateTimeOffset.MinValue.ToUnixTimeMilliseconds()
            || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            throw new InvalidDataException($"{path} has an invalid start time: {milliseconds} ms.");
        if (!MemorySamplerOptions.IsCellCount(cells))
            throw new InvalidDataException($"{path} has an invalid number of cells: {cells}.");
        StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        var history = new SampleHistory(cells);
        if ((kinds & SampleFile.TagsBit) != 0)
            history.Tags.Begin();
        if ((kinds & SampleFile.SitesBit) != 0)
            history.Sites.Begin();
        return history;
    }

    // An unknown kind comes from a later writer that considered it harmless: it is skipped.
    private void Apply(RecordKind kind, ref ByteReader record, SampleHistory history)
    {
        switch (kind)
        {
            case RecordKind.Begin:
                throw new InvalidDataException("the first record is repeated");
            case RecordKind.Category:
                (record.Byte() == SampleFile.TagsBit ? history.Tags : history.Sites).Add(record.Text());
                break;
            case RecordKind.Sample:
                ApplySample(ref record, history);
                break;
            case RecordKind.Level:
                history.Begin(record.Byte());
                break;
            case RecordKind.Cell:
                ApplyCell(ref record, history);
                break;
        }
    }

    private void ApplySample(ref ByteReader record, SampleHistory history)
    {
        double seconds = record.Double();
        SampleValues.CheckSeconds(seconds, _seconds);
        _live = unchecked(_live + record.Signed());
        _committed = unchecked(_committed + record.Signed());
        _resident = unchecked(_resident + record.Signed());
        SampleValues.CheckBytes(_live, _committed, _resident);
        history.Tags.Change(ref record, history.Next, _live);
        history.Sites.Change(ref record, history.Next, _live);
        history.Add(MemoryCell.Of(seconds, _live, _committed, _resident));
        _seconds = seconds;
    }

    private void ApplyCell(ref ByteReader record, SampleHistory history)
    {
        var cell = new MemoryCell
        {
            SampleCount = record.Count(),
            Seconds = record.Double(),
            LiveBytes = SampleValues.Bytes(ref record),
            FloorBytes = SampleValues.Bytes(ref record),
            FloorSeconds = record.Double(),
            PeakBytes = SampleValues.Bytes(ref record),
            CommittedBytes = SampleValues.Bytes(ref record),
            ResidentBytes = SampleValues.Bytes(ref record),
        };
        history.CheckRoom(cell.SampleCount);
        // Its mean and its floor lie within its own samples, after those of the cell before.
        SampleValues.CheckSeconds(cell.Seconds, _seconds);
        SampleValues.CheckSeconds(cell.FloorSeconds, _seconds);
        var check = record;
        history.Tags.CheckCell(ref check);
        history.Sites.CheckCell(ref check);
        history.Tags.AddCell(ref record, history.Next, cell.SampleCount);
        history.Sites.AddCell(ref record, history.Next, cell.SampleCount);
        history.Add(in cell);
        _seconds = Math.Max(cell.Seconds, cell.FloorSeconds);
    }
}
