using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Arena;

/// <summary>Writes values of a saved frame to a stream, and the sum of them at the end.</summary>
internal sealed class FrameWriter(Stream stream)
{
    /// <summary>"ARENAFRM", as a number in the order of the stream's bytes.</summary>
    public const ulong Magic = 0x4D52_4641_4E45_5241;

    /// <summary>Rises when the format changes: a stream of another version is refused.</summary>
    public const uint Version = 1;

    private StreamSum _sum;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _sum.Add(bytes);
        stream.Write(bytes);
    }

    public void Write(ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Write(bytes);
    }

    public void Write(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Write((ulong)bytes.Length);
        Write(bytes);
    }

    public void Write(ReadOnlySpan<ushort> values)
    {
        Write((ulong)values.Length);
        Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Ends the frame.</summary>
    public void Finish()
    {
        var (low, high) = (_sum.Low, _sum.High);
        Write(low);
        Write(high);
    }
}
