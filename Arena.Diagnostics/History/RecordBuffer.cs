using System.Buffers.Binary;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// Builds one record of a sampler's file in a reused buffer.
/// </summary>
/// <remarks>
/// <code>
/// | payload bytes: 4 | kind: 1 | payload ... | CRC-32C of everything before: 4 |      little-endian
/// </code>
/// A record counts only if it is whole and its checksum is right: one that a killed process left half written does not.
/// Integers are LEB128; signed ones are folded first (0, -1, 1, -2 ... become 0, 1, 2, 3 ...).
/// </remarks>
internal sealed class RecordBuffer
{
    public const int HeadBytes = 5;
    public const int SumBytes = 4;

    private byte[] _bytes = new byte[4096];
    private int _length;

    public RecordBuffer Begin(RecordKind kind)
    {
        _length = HeadBytes;
        _bytes[HeadBytes - 1] = (byte)kind;
        return this;
    }

    public RecordBuffer Byte(byte value)
    {
        Room(1)[0] = value;
        return this;
    }

    public RecordBuffer Double(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Room(sizeof(double)), value);
        return this;
    }

    public RecordBuffer Unsigned(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte(unchecked((byte)(value | 0x80)));
        return Byte((byte)value);
    }

    public RecordBuffer Signed(long value) => Unsigned(unchecked((ulong)((value << 1) ^ (value >> 63))));

    public RecordBuffer Text(string text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        Unsigned((ulong)count);
        Encoding.UTF8.GetBytes(text, Room(count));
        return this;
    }

    /// <summary>Returns the finished record, valid until the next one is begun.</summary>
    public ReadOnlySpan<byte> End()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, _length - HeadBytes);
        uint sum = Crc32C.Of(_bytes.AsSpan(0, _length));
        BinaryPrimitives.WriteUInt32LittleEndian(Room(SumBytes), sum);
        return _bytes.AsSpan(0, _length);
    }

    private Span<byte> Room(int count)
    {
        if (_length + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + count));
        var room = _bytes.AsSpan(_length, count);
        _length += count;
        return room;
    }
}
