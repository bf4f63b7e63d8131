using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Arena;

/// <summary>
/// Reads what a <see cref="FrameWriter"/> wrote. What cannot be is an <see cref="InvalidDataException"/>, before
/// memory is taken for it.
/// </summary>
internal sealed class FrameReader(Stream stream)
{
    private const int MostLetters = 4096;

    private StreamSum _sum;

    public void Read(Span<byte> bytes)
    {
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException)
        {
            throw Damaged("it ends too early");
        }
        _sum.Add(bytes);
    }

    public ulong ReadNumber()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A number that is at most another one.</summary>
    public int ReadNumber(string what, long most)
    {
        var number = ReadNumber();
        return number <= (ulong)most ? (int)number : throw Damaged($"{what} is {number}, and at most {most} can be");
    }

    public string ReadText()
    {
        var bytes = new byte[ReadNumber("the length of a name", MostLetters)];
        Read(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    public ushort[] ReadTokens(int most)
    {
        var tokens = new ushort[ReadNumber("a number of allocators", most)];
        Read(MemoryMarshal.AsBytes(tokens.AsSpan()));
        return tokens;
    }

    /// <summary>Ends the frame.</summary>
    public void Finish()
    {
        var (low, high) = (_sum.Low, _sum.High);
        if (ReadNumber() != low || ReadNumber() != high)
            throw Damaged("its sum is another one");
    }

    /// <summary>Makes the exception for a stream that is not what it should be.</summary>
    public static InvalidDataException Damaged(string why) =>
        new($"The stream holds no frame of a history, or a damaged one: {why}. Nothing was changed.");
}
