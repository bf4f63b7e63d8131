using System.Buffers.Binary;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>
/// A capture taken apart into chunks, sections and numbers, changed, and put together with checksums that are right.
/// </summary>
internal sealed class CaptureMutant
{
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 127, 128, 255, 65_534, 65_535, 65_536, 1 << 20, int.MaxValue, 1UL << 32, 1UL << 62, long.MaxValue,
        ulong.MaxValue,
    ];

    private readonly Random _random;
    private readonly List<Chunk> _chunks = [];

    private CaptureMutant(ReadOnlySpan<byte> file, Random random)
    {
        _random = random;
        for (var at = CaptureFormat.FileHeaderBytes; at < file.Length;)
        {
            var kind = (ChunkKind)BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 8)..]);
            var payload = file.Slice(at + CaptureFormat.ChunkHeaderBytes, length);
            _chunks.Add(new Chunk(kind, kind == ChunkKind.Latest ? Slot(payload) : Sections(payload)));
            at += CaptureFormat.ChunkHeaderBytes + length;
        }
    }

    /// <summary>A capture with a few changes.</summary>
    public static byte[] Of(ReadOnlySpan<byte> file, Random random)
    {
        var mutant = new CaptureMutant(file, random);
        for (var changes = random.Next(1, 7); changes > 0; changes--)
            mutant.Change();
        return mutant.ToFile();
    }

    private void Change()
    {
        var chunk = _chunks[_random.Next(_chunks.Count)];
        switch (_random.Next(12))
        {
            case 0:
                _chunks.Insert(_random.Next(_chunks.Count), _chunks[_random.Next(_chunks.Count)].Copy());
                break;
            case 1:
                _chunks.Remove(chunk);
                _chunks.Add(chunk);
                break;
            case 2:
                chunk.Kind = (ChunkKind)_random.Next(7);
                break;
            case 3:
                chunk.ClaimedBytes = _random.Next(2) == 0 ? _random.Next() : _random.Next(1_000);
                break;
            default:
                ChangeSection(chunk);
                break;
        }
    }

    private void ChangeSection(Chunk chunk)
    {
        if (chunk.Sections.Count == 0)
            return;
        var at = _random.Next(chunk.Sections.Count);
        var section = chunk.Sections[at];
        switch (_random.Next(8))
        {
            case 0:
                // It is repeated as often as fits into a small file, each time a little further on.
                for (var copies = _random.Next(1, 2_000); copies > 0; copies--)
                    chunk.Sections.Insert(at, section with { Content = Changed(section.Content, copies) });
                break;
            case 1:
                chunk.Sections.RemoveAt(at);
                break;
            case 2:
                chunk.Sections[at] = section with { Kind = _random.Next(1, 27) };
                break;
            case 3:
                var length = _random.Next(section.Content.Length + 1);
                chunk.Sections[at] = section with { Content = section.Content[..length] };
                break;
            default:
                chunk.Sections[at] = section with { Content = Changed(section.Content, 0) };
                break;
        }
    }

    // Contents are mostly numbers; a text that is taken for some is changed as well.
    private byte[] Changed(byte[] content, int add)
    {
        var numbers = Numbers(content);
        if (numbers.Count == 0)
            return content;
        var at = add > 0 ? 0 : _random.Next(numbers.Count);
        numbers[at] = add > 0 ? unchecked(numbers[at] + (ulong)add * (ulong)_random.Next(1, 65_000))
            : _random.Next(3) == 0 ? unchecked(numbers[at] + (ulong)_random.Next(-3, 4))
            : Interesting[_random.Next(Interesting.Length)];
        var writer = new ByteWriter(headerBytes: 0);
        foreach (var number in numbers)
            writer.Number(number);
        return writer.All.ToArray();
    }

    private static List<ulong> Numbers(byte[] content)
    {
        List<ulong> numbers = [];
        var reader = new ByteReader(content);
        try
        {
            while (!reader.AtEnd)
                numbers.Add(reader.Number());
        }
        catch (InvalidDataException)
        {
            // The rest is no number.
        }
        return numbers;
    }

    private static List<Section> Sections(ReadOnlySpan<byte> payload)
    {
        List<Section> sections = [];
        for (var reader = new ByteReader(payload); !reader.AtEnd;)
            sections.Add(new Section((int)reader.Number(), reader.Bytes(reader.Count()).ToArray()));
        return sections;
    }

    // The one of the two slots that was written last.
    private static List<Section> Slot(ReadOnlySpan<byte> payload)
    {
        var slotBytes = BinaryPrimitives.ReadInt32LittleEndian(payload);
        var first = payload.Slice(CaptureFormat.LatestHeaderBytes, slotBytes);
        var second = payload.Slice(CaptureFormat.LatestHeaderBytes + slotBytes, slotBytes);
        var slot = BinaryPrimitives.ReadUInt64LittleEndian(first) > BinaryPrimitives.ReadUInt64LittleEndian(second)
            ? first : second;
        return Sections(slot.Slice(CaptureFormat.SlotHeaderBytes, BinaryPrimitives.ReadInt32LittleEndian(slot[8..])));
    }

    private byte[] ToFile()
    {
        var header = new byte[CaptureFormat.FileHeaderBytes];
        CaptureFormat.WriteFileHeader(header);
        return [.. header, .. _chunks.SelectMany(chunk => chunk.ToBytes())];
    }

    private sealed record Section(int Kind, byte[] Content);

    private sealed class Chunk(ChunkKind kind, List<Section> sections)
    {
        public ChunkKind Kind { get; set; } = kind;

        public int? ClaimedBytes { get; set; }

        public List<Section> Sections => sections;

        public Chunk Copy() => new(Kind, [.. sections]) { ClaimedBytes = ClaimedBytes };

        public byte[] ToBytes()
        {
            var contents = new ByteWriter(headerBytes: 0);
            foreach (var section in sections)
            {
                contents.Number((ulong)section.Kind);
                contents.Number((ulong)section.Content.Length);
                section.Content.CopyTo(Room(contents, section.Content.Length));
            }
            byte[] payload = Kind == ChunkKind.Latest ? Latest(contents.All) : contents.All.ToArray();
            byte[] chunk = [.. new byte[CaptureFormat.ChunkHeaderBytes], .. payload];
            CaptureFormat.WriteChunkHeader(chunk, Kind);
            if (ClaimedBytes is { } claimed)
                BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(8), claimed);
            return chunk;
        }

        private static byte[] Latest(ReadOnlySpan<byte> contents)
        {
            byte[] slot = [.. new byte[CaptureFormat.SlotHeaderBytes], .. contents];
            CaptureFormat.WriteSlotHeader(slot, sequence: 1);
            byte[] latest = [.. new byte[CaptureFormat.LatestHeaderBytes], .. slot, .. new byte[slot.Length]];
            BinaryPrimitives.WriteInt32LittleEndian(latest, slot.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(latest.AsSpan(4), Crc32C.Of(latest.AsSpan(0, 4)));
            return latest;
        }

        private static Span<byte> Room(ByteWriter writer, int byteCount)
        {
            writer.Zeros(byteCount);
            return writer.All[^byteCount..];
        }
    }
}
