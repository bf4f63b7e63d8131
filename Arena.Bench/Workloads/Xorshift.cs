using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Bench.Workloads;

/// <summary>
/// xorshift64 (Marsaglia, 2003), as in the C loops: three shifts, so that the numbers cost little beside the
/// measured memory calls.
/// </summary>
internal struct Xorshift(ulong seed)
{
    public const ulong Seed = 0x9E3779B97F4A7C15;

    // The middle one is 64 bytes, and each is 1.28 times the one before: with 32 coin tosses, a standard deviation is
    // a factor of 2.
    private static ReadOnlySpan<ushort> NormalSizes =>
    [
        8, 8, 8, 8, 8, 8, 8, 8, 8, 11, 15, 19, 24, 31, 39, 50, 64, 82, 105, 134, 172, 220, 281, 360, 461, 590, 756, 967,
        1238, 1585, 2028, 2596, 3276,
    ];

    private ulong _state = seed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next()
    {
        var x = _state;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        return _state = x;
    }

    /// <summary>Returns a number below <paramref name="limit"/> from the upper half of a random one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Below(ulong random, int limit) => (int)(((random >> 32) * (uint)limit) >> 32);

    /// <summary>
    /// Returns bytes from 16 on, log-uniform over this many doublings, from the lower half of a number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MixedBytes(ulong random, int octaves)
    {
        var least = 16UL << (int)(((random & 0xFFFF) * (uint)octaves) >> 16);
        return (int)(least + ((random >> 16) & (least - 1)));
    }

    /// <summary>
    /// Returns bytes around 64, log-normal, of which most are below 256, from the lower half of a number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LogNormalBytes(ulong random)
    {
        uint size = NormalSizes[BitOperations.PopCount((uint)random)];
        return (int)(size + ((uint)(random & 0xFF) * (size >> 2) >> 8));
    }
}
