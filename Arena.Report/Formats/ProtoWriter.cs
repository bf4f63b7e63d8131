using System.Text;

namespace Arena.Report.Formats;

/// <summary>Writes fields of a protocol buffer, the few kinds that a profile has.</summary>
internal sealed class ProtoWriter
{
    private const int Varint = 0, LengthDelimited = 2;

    private readonly List<byte> _bytes = [];

    public void Number(int field, long value)
    {
        WriteVarint((ulong)(field << 3 | Varint));
        WriteVarint(unchecked((ulong)value));
    }

    public void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public void Message(int field, ProtoWriter message) => Bytes(field, message.ToArray());

    public void Packed(int field, IEnumerable<long> values)
    {
        var packed = new ProtoWriter();
        foreach (var value in values)
            packed.WriteVarint(unchecked((ulong)value));
        Message(field, packed);
    }

    public byte[] ToArray() => [.. _bytes];

    private void Bytes(int field, byte[] bytes)
    {
        WriteVarint((ulong)(field << 3 | LengthDelimited));
        WriteVarint((ulong)bytes.Length);
        _bytes.AddRange(bytes);
    }

    private void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value & 0x7f | 0x80));
        _bytes.Add((byte)value);
    }
}
