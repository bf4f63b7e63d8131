using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>Spreads what keys call their hash code over 32 bits, of which the upper ones are the best.</summary>
internal static class Hash
{
    // 2^32 / phi and 2^64 / phi: whatever bits two numbers differ in, the upper ones of the products do.
    private const uint Golden = 0x9E3779B1;
    private const ulong Golden64 = 0x9E3779B97F4A7C15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of<TKey>(TKey key)
        where TKey : unmanaged, IEquatable<TKey>
    {
        // Their hash codes fold 64 bits to 32, which makes many keys equal.
        if (typeof(TKey) == typeof(long) || typeof(TKey) == typeof(ulong))
            return (uint)(unchecked(Unsafe.BitCast<TKey, ulong>(key) * Golden64) >> 32);
        return unchecked((uint)key.GetHashCode() * Golden);
    }
}
