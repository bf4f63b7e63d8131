using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Arena.Collections;

/// <summary>
/// Chooses how many buckets a table has. The number is prime, so that keys which are multiples of any other number
/// still fill all buckets.
/// </summary>
internal static class BucketCount
{
    // An addition to a large table waits for the line of a bucket, so fewer lines count. In a small one all of them are
    // in the cache, and what counts is the branch that is mispredicted at a second entry of a chain. At a million, a
    // quarter more buckets than entries make a key that is there as fast as half as many more do, and additions faster.
    private const int MostOfSmallTable = 1 << 16;

    /// <summary>Returns the number of buckets for this many entries, at least one for each.</summary>
    public static uint For(int capacity)
    {
        var least = capacity <= MostOfSmallTable ? 2 * capacity : capacity + capacity / 4;
        var number = (uint)least | 1;
        while (!IsPrime(number))
            number += 2;
        return number;
    }

    /// <summary>Returns the number by which <see cref="Remainder"/> multiplies.</summary>
    public static ulong MultiplierOf(uint bucketCount) => ulong.MaxValue / bucketCount + 1;

    /// <summary>
    /// Returns the remainder of a hash by two multiplications: the fraction of hash / count in 64 bits, and the count
    /// times this fraction (Lemire, Kaser and Kurz 2019, Faster remainder by direct computation).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Remainder(uint hash, ulong multiplier, ulong bucketCount)
    {
        var fraction = unchecked(multiplier * hash);
        // The portable method writes the lower half of the product to memory.
        return (nuint)(Bmi2.X64.IsSupported
            ? Bmi2.X64.MultiplyNoFlags(fraction, bucketCount)
            : Math.BigMul(fraction, bucketCount, out _));
    }

    private static bool IsPrime(uint odd)
    {
        for (var divisor = 3u; (ulong)divisor * divisor <= odd; divisor += 2)
        {
            if (odd % divisor == 0)
                return false;
        }
        return odd > 1;
    }
}
