using System.Buffers.Binary;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// Reads what <see cref="ByteWriter"/> wrote. Invalid bytes throw <see cref="InvalidDataException"/>.
/// </summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    public readonly bool AtEnd => _position >= _bytes.Length;

    public readonly int Remaining => _bytes.Length - _position;

    public ulong Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (AtEnd)
                throw new InvalidDataException("a number is cut off");
            var next = _bytes[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new InvalidDataException("a number is too long");
    }

    public long Long() => (long)Math.Min(Number(), long.MaxValue);

    public long Signed()
    {
        var value = Number();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    /// <summary>Reads a count or a number of something: small enough for an index.</summary>
    public int Count()
    {
        var value = Number();
        return value <= int.MaxValue ? (int)value : throw new InvalidDataException("a count is too large");
    }

    /// <summary>Reads a count of entries, each of which takes at least a byte here.</summary>
    public int EntryCount()
    {
        var count = Count();
        return count <= Remaining ? count : throw new InvalidDataException("there are fewer entries than counted");
    }

    public byte Byte() => Bytes(1)[0];

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(sizeof(double)));

    public string Text() => Encoding.UTF8.GetString(Bytes(Count()));

    public ReadOnlySpan<byte> Bytes(int byteCount)
    {
        if (byteCount > Remaining)
            throw new InvalidDataException("a text or a section is cut off");
        _position += byteCount;
        return _bytes.Slice(_position - byteCount, byteCount);
    }
}
