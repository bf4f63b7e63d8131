using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>Spreads the hash codes of keys over 32 bits, of which the upper ones are the best.</summary>
internal static class Hash
{
    // 2^32 / phi and 2^64 / phi: two numbers that differ in any bits have products that differ in the upper ones.
    private const uint Golden = 0x9E3779B1;
    private const ulong Golden64 = 0x9E3779B97F4A7C15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of<TKey>(TKey key)
        where TKey : unmanaged, IEquatable<TKey>
    {
        // The hash codes of these types fold 64 bits to 32, which makes many keys equal.
        if (typeof(TKey) == typeof(long) || typeof(TKey) == typeof(ulong))
            return (uint)(unchecked(Unsafe.BitCast<TKey, ulong>(key) * Golden64) >> 32);
        return unchecked((uint)key.GetHashCode() * Golden);
    }
}
