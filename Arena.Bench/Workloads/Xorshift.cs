using System.Runtime.CompilerServices;

namespace Arena.Bench.Workloads;

/// <summary>
/// xorshift64 (Marsaglia, 2003), as in the C loops: three shifts, so that the numbers cost little beside the
/// measured memory calls.
/// </summary>
internal struct Xorshift(ulong seed)
{
    public const ulong Seed = 0x9E3779B97F4A7C15;

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
}
