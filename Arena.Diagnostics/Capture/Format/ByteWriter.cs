using System.Text;

namespace Arena.Diagnostics;

/// <summary>
/// Collects the bytes of one chunk or slot, after room for its header. Numbers are varints: seven bits a byte, low ones
/// first; the top bit says that more follow. Signed ones are zigzag coded first (0, -1, 1, -2 become 0, 1, 2, 3).
/// </summary>
internal sealed class ByteWriter
{
    private const int InitialBytes = 4096;
    private const int MostVarintBytes = 10;

    // Every section's length takes the bytes that the largest needs, so that its place can be left open.
    private const int SectionLengthBytes = 4;

    private readonly int _headerBytes;
    private byte[] _bytes = new byte[InitialBytes];
    private int _section = -1;

    public ByteWriter(int headerBytes)
    {
        _headerBytes = headerBytes;
        Count = headerBytes;
    }

    public int Count { get; private set; }

    /// <summary>Header and contents.</summary>
    public Span<byte> All => _bytes.AsSpan(0, Count);

    public void Clear()
    {
        Count = _headerBytes;
        _section = -1;
    }

    /// <summary>Starts a section and ends the one before.</summary>
    public void Begin(SectionKind kind)
    {
        End();
        Number((uint)kind);
        _section = Count;
        Reserve(SectionLengthBytes);
        Count += SectionLengthBytes;
    }

    /// <summary>Ends the section, if one was begun.</summary>
    public void End()
    {
        if (_section < 0)
            return;
        var length = (uint)(Count - _section - SectionLengthBytes);
        // A varint that is longer than necessary is still valid.
        for (var i = 0; i < SectionLengthBytes; i++)
            _bytes[_section + i] = (byte)((length >> (7 * i) & 0x7F) | (i + 1 < SectionLengthBytes ? 0x80u : 0));
        _section = -1;
    }

    /// <summary>Appends the sections of another writer, and empties it.</summary>
    public void Sections(ByteWriter other)
    {
        End();
        other.End();
        Reserve(other.Count);
        other.All.CopyTo(_bytes.AsSpan(Count));
        Count += other.Count;
        other.Clear();
    }

    public void Number(ulong value)
    {
        Reserve(MostVarintBytes);
        for (; value >= 0x80; value >>= 7)
            _bytes[Count++] = (byte)(value & 0x7F | 0x80);
        _bytes[Count++] = (byte)value;
    }

    /// <summary>Writes a number that only an estimate's rounding can make negative, which counts as 0.</summary>
    public void Number(long value) => Number((ulong)Math.Max(0, value));

    public void Signed(long value) => Number(unchecked((ulong)(value << 1 ^ value >> 63)));

    public void Text(string? text)
    {
        text ??= "";
        var byteCount = Encoding.UTF8.GetByteCount(text);
        Number((uint)byteCount);
        Reserve(byteCount);
        Count += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Count));
    }

    /// <summary>Writes this many zero bytes.</summary>
    public void Zeros(int byteCount)
    {
        Reserve(byteCount);
        _bytes.AsSpan(Count, byteCount).Clear();
        Count += byteCount;
    }

    private void Reserve(int byteCount)
    {
        if (_bytes.Length - Count < byteCount)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Count + byteCount));
    }
}
