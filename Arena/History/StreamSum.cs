using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>A sum of 128 bits over a stream, so that damage is seen. It is no seal: a forger can sum, too.</summary>
internal struct StreamSum
{
    private const ulong First = 0x9E37_79B9_7F4A_7C15;
    private const ulong Second = 0xC2B2_AE3D_27D4_EB4F;

    /// <summary>The lower half of the sum.</summary>
    public ulong Low { get; private set; }

    /// <summary>The upper half of the sum.</summary>
    public ulong High { get; private set; }

    /// <summary>Adds what was written or read by one call.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            Add(word);
        ulong rest = (ulong)bytes.Length << 56;
        var tail = bytes[(words.Length * sizeof(ulong))..];
        for (var i = 0; i < tail.Length; i++)
            rest |= (ulong)tail[i] << (8 * i);
        Add(rest);
    }

    private void Add(ulong word)
    {
        unchecked
        {
            Low = BitOperations.RotateLeft(Low ^ word * Second, 29) * First;
            High = BitOperations.RotateLeft(High + (word ^ Low), 41) * Second;
        }
    }
}
