using System.Numerics;
using System.Runtime.InteropServices;

namespace Arena;

/// <summary>A sum of 128 bits over a stream, so that damage is seen. It is no seal: a forger can sum, too.</summary>
internal struct StreamSum
{
    private const ulong First = 0x9E37_79B9_7F4A_7C15;
    private const ulong Second = 0xC2B2_AE3D_27D4_EB4F;

    private ulong _low;
    private ulong _high;

    public readonly UInt128 Value => new(_high, _low);

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
            _low = BitOperations.RotateLeft(_low ^ word * Second, 29) * First;
            _high = BitOperations.RotateLeft(_high + (word ^ _low), 41) * Second;
        }
    }
}
