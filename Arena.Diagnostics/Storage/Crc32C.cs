using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena.Diagnostics;

/// <summary>
/// The checksum of all files: CRC-32C with the Castagnoli polynomial (RFC 3720), as SSE 4.2 and ARMv8 compute it.
/// </summary>
internal static class Crc32C
{
    /// <summary>Computes the checksum of bytes, after those whose checksum is <paramref name="before"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0) => ~Register(bytes, ~before);

    /// <summary>Computes the bare register of <see cref="Of"/>, without the complements before and after.</summary>
    public static uint Register(ReadOnlySpan<byte> bytes, uint register)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            register = BitOperations.Crc32C(
                register, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }
        foreach (var single in bytes[(words.Length * sizeof(ulong))..])
            register = BitOperations.Crc32C(register, single);
        return register;
    }
}
