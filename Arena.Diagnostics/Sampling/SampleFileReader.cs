using System.Buffers.Binary;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>Reads a sampler's file into a store, record by record, up to the first that is not whole.</summary>
internal sealed class SampleFileReader(string path, Stream file) : IDisposable
{
    // Far more than the largest cell: a length beyond it is no length.
    private const int PayloadMax = 4 << 20;

    private readonly Payload _payload = new();
    private long[] _tags = [];
    private long[] _sites = [];
    private double _live;
    private double _committed;
    private double _resident;
    private byte[] _bytes = new byte[4096];

    public SampleStore Store { get; private set; } = new(MemorySamplerOptions.CellsMin);

    public DateTimeOffset StartedAt { get; private set; }

    public long UnreadableBytes { get; private set; }

    public void ReadAll()
    {
        Span<byte> head = stackalloc byte[SampleFile.HeadBytes];
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length
            || !head.StartsWith(SampleFile.Magic))
            throw new InvalidDataException($"{path} is no record of a memory sampler.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(head[SampleFile.Magic.Length..]);
        if (version != SampleFile.Version)
            throw new InvalidDataException($"{path} has version {version}; this reads version {SampleFile.Version}.");
        long whole = head.Length;
        while (TryReadRecord(out RecordKind kind))
        {
            Apply(kind);
            whole = file.Position;
        }
        UnreadableBytes = file.Length - whole;
    }

    public void Dispose() => Store.Dispose();

    private bool TryReadRecord(out RecordKind kind)
    {
        kind = default;
        if (!TryFill(0, RecordBuffer.HeadBytes))
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(_bytes);
        int end = RecordBuffer.HeadBytes + length;
        if (length is < 0 or > PayloadMax || !TryFill(RecordBuffer.HeadBytes, end + RecordBuffer.SumBytes))
            return false;
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(end));
        if (sum != RecordBuffer.CheckSum(_bytes.AsSpan(0, end)))
            return false;
        kind = (RecordKind)_bytes[RecordBuffer.HeadBytes - 1];
        _payload.Begin(_bytes, RecordBuffer.HeadBytes, end);
        return true;
    }

    private bool TryFill(int from, int to)
    {
        if (to > _bytes.Length)
            Array.Resize(ref _bytes, to);
        return file.ReadAtLeast(_bytes.AsSpan(from..to), to - from, throwOnEndOfStream: false) == to - from;
    }

    // A kind that is not known is of a later writer that thought it harmless: it is passed over.
    private void Apply(RecordKind kind)
    {
        switch (kind)
        {
            case RecordKind.Begin:
                ApplyBegin();
                break;
            case RecordKind.Part:
                (_payload.Byte() == SampleFile.TagsBit ? Store.Tags : Store.Sites).AddColumn(_payload.Text());
                break;
            case RecordKind.Sample:
                ApplySample();
                break;
            case RecordKind.Level:
                Store.Begin(_payload.Byte());
                break;
            case RecordKind.Cell:
                ApplyCell();
                break;
        }
    }

    private void ApplyBegin()
    {
        StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(_payload.Signed());
        int kinds = _payload.Byte(), cells = (int)_payload.Unsigned();
        if (!MemorySamplerOptions.IsCellCount(cells))
            throw new InvalidDataException($"{path} says that it keeps {cells} cells.");
        Store.Dispose();
        Store = new SampleStore(cells);
        if ((kinds & SampleFile.TagsBit) != 0)
            Store.Tags.AddColumn(PartColumns.RestName);
        if ((kinds & SampleFile.SitesBit) != 0)
            Store.Sites.AddColumn(PartColumns.RestName);
    }

    private void ApplySample()
    {
        double seconds = _payload.Double();
        _live += _payload.Signed();
        _committed += _payload.Signed();
        _resident += _payload.Signed();
        AddDifferences(ref _tags, Store.Tags.PartCount);
        AddDifferences(ref _sites, Store.Sites.PartCount);
        Store.Add(MemoryCell.Of(seconds, (long)_live, (long)_committed, (long)_resident), _tags, _sites);
    }

    private void AddDifferences(ref long[] values, int count)
    {
        Array.Resize(ref values, count);
        int part = 0;
        for (ulong changes = _payload.Unsigned(); changes > 0; changes--)
        {
            part += (int)_payload.Unsigned();
            if ((uint)part >= (uint)count)
                throw new InvalidDataException($"{path} has a sample of part {part}, which it did not name.");
            values[part++] += _payload.Signed();
        }
    }

    private void ApplyCell()
    {
        var cell = new MemoryCell
        {
            SampleCount = (int)_payload.Unsigned(),
            Seconds = _payload.Double(),
            LiveBytes = _payload.Double(),
            FloorBytes = _payload.Double(),
            FloorSeconds = _payload.Double(),
            PeakBytes = _payload.Double(),
            CommittedBytes = _payload.Double(),
            ResidentBytes = _payload.Double(),
        };
        Store.Add(in cell, ReadColumns(Store.Tags.Count), ReadColumns(Store.Sites.Count));
    }

    private PartCell[] ReadColumns(int count)
    {
        var cells = new PartCell[count];
        for (int i = 0; i < count; i++)
            cells[i] = new PartCell(_payload.Double(), _payload.Double());
        return cells;
    }

    /// <summary>The bytes of one record whose check sum holds.</summary>
    private sealed class Payload
    {
        private byte[] _bytes = [];
        private int _at;
        private int _end;

        public void Begin(byte[] bytes, int from, int end) => (_bytes, _at, _end) = (bytes, from, end);

        public byte Byte() => Take(1)[0];

        public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

        public ulong Unsigned()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = Byte();
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
        }

        public long Signed()
        {
            ulong folded = Unsigned();
            return unchecked((long)(folded >> 1) ^ -(long)(folded & 1));
        }

        public string Text() => Encoding.UTF8.GetString(Take((int)Unsigned()));

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count < 0 || count > _end - _at)
                throw new InvalidDataException("A record of the memory sampler's file is shorter than it says.");
            ReadOnlySpan<byte> taken = _bytes.AsSpan(_at, count);
            _at += count;
            return taken;
        }
    }
}
