using System.Runtime.CompilerServices;

namespace Arena.Collections;

/// <summary>
/// The hash codes of keys, as the keys compute them: neighbouring numbers get neighbouring buckets, so that keys in
/// order find their buckets in the cache.
/// </summary>
internal static class Hash
{
    // 2^32 / phi: two numbers that differ in any bits have products that differ in the upper ones.
    private const uint Golden = 0x9E3779B1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of<TKey>(TKey key)
        where TKey : unmanaged, IEquatable<TKey>
    {
        // The hash codes of these types fold their halves upon each other, which makes many keys equal: all pairs of
        // two equal numbers, for example.
        if (typeof(TKey) == typeof(long) || typeof(TKey) == typeof(ulong))
        {
            var bits = Unsafe.BitCast<TKey, ulong>(key);
            return unchecked((uint)bits + (uint)(bits >> 32) * Golden);
        }
        return unchecked((uint)key.GetHashCode());
    }
}
