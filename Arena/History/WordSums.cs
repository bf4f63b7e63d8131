using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Arena;

/// <summary>
/// Sums a hash of each word of memory and of its place, which is counted from an arena's first address:
/// <code>
/// key    = place * odd + constant
/// mixed  = word ^ key
/// hash   = (low half of mixed) * (high half of mixed) + word, its halves exchanged
/// </code>
/// (The step of XXH3, Collet 2019, with keys by place.) As the place is in the hash, the sum can be taken in any order
/// and in parts. A word that is an address inside the arena counts from the first address too, so that two machines
/// agree whose arenas lie elsewhere. A word of which only some bytes live counts with zeros for the others, and with a
/// key that says which.
/// </summary>
/// <param name="origin">The arena's first address.</param>
/// <param name="addresses">Bytes from there that are addresses; 0 takes words as they are.</param>
internal readonly unsafe struct WordSums(nuint origin, nuint addresses)
{
    private const ulong Odd = 0x9E37_79B9_7F4A_7C15;
    private const ulong Constant = 0xC2B2_AE3D_27D4_EB4F;
    private const int WordBytes = sizeof(ulong);
    private const int Lanes = 4;

    /// <summary>The sum for live bytes.</summary>
    public ulong Of(byte* start, byte* end)
    {
        unchecked
        {
            ulong sum = 0;
            var word = (byte*)((nuint)start & ~(nuint)(WordBytes - 1));
            if (word < start)
            {
                sum += OfPart(word, start, word + WordBytes < end ? word + WordBytes : end);
                word += WordBytes;
            }
            if (Avx512F.IsSupported && end - word >= 2 * Lanes * WordBytes)
                sum += OfMore(ref word, end);
            if (end - word >= Lanes * WordBytes)
                sum += OfMany(ref word, end);
            for (; end - word >= WordBytes; word += WordBytes)
                sum += Of(*(ulong*)word, KeyOf(word));
            return word < end ? sum + OfPart(word, word, end) : sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> left, Vector256<ulong> right) => Avx2.IsSupported
        ? Avx2.Multiply(left.AsUInt32(), right.AsUInt32())
        : (left & Vector256.Create<ulong>(uint.MaxValue)) * (right & Vector256.Create<ulong>(uint.MaxValue));

    private ulong OfMany(ref byte* word, byte* end)
    {
        unchecked
        {
            var first = Vector256.Create((ulong)origin);
            var limit = Vector256.Create((ulong)addresses);
            var key = Vector256.Create(
                KeyOf(word), KeyOf(word + WordBytes), KeyOf(word + 2 * WordBytes), KeyOf(word + 3 * WordBytes));
            var step = Vector256.Create(Odd * (Lanes * WordBytes));
            var sum = Vector256<ulong>.Zero;
            var at = word;
            for (; end - at >= Lanes * WordBytes; at += Lanes * WordBytes)
            {
                var words = Vector256.Load((ulong*)at);
                var offsets = words - first;
                words = Vector256.ConditionalSelect(Vector256.LessThan(offsets, limit), offsets, words);
                var mixed = words ^ key;
                sum += Multiply(mixed, mixed >>> 32) + (words << 32 | words >>> 32);
                key += step;
            }
            word = at;
            return Vector256.Sum(sum);
        }
    }

    // Wider vectors compare addresses and exchange halves in one instruction each.
    private ulong OfMore(ref byte* word, byte* end)
    {
        unchecked
        {
            var first = Vector512.Create((ulong)origin);
            var limit = Vector512.Create((ulong)addresses);
            var key = Vector512.Create(KeyOf(word)) + Vector512<ulong>.Indices * (Odd * WordBytes);
            var step = Vector512.Create(Odd * (2 * Lanes * WordBytes));
            var sum = Vector512<ulong>.Zero;
            var at = word;
            for (; end - at >= 2 * Lanes * WordBytes; at += 2 * Lanes * WordBytes)
            {
                var words = Vector512.Load((ulong*)at);
                var offsets = words - first;
                words = Vector512.ConditionalSelect(Vector512.LessThan(offsets, limit), offsets, words);
                var mixed = words ^ key;
                sum += Avx512F.Multiply(mixed.AsUInt32(), (mixed >>> 32).AsUInt32())
                    + Avx512F.RotateLeft(words, 32);
                key += step;
            }
            word = at;
            return Vector512.Sum(sum);
        }
    }

    private ulong KeyOf(byte* word) => unchecked(((ulong)word - origin) * Odd + Constant);

    private ulong Of(ulong word, ulong key)
    {
        unchecked
        {
            var offset = word - origin;
            if (offset < addresses)
                word = offset;
            var mixed = word ^ key;
            return (mixed & uint.MaxValue) * (mixed >> 32) + BitOperations.RotateLeft(word, 32);
        }
    }

    // The bytes [from, end) of a word.
    private ulong OfPart(byte* word, byte* from, byte* end)
    {
        ulong value = 0;
        var key = KeyOf(word);
        for (var at = from; at < end; at++)
        {
            var shift = 8 * (int)(at - word);
            value |= (ulong)*at << shift;
            key = unchecked(key + (Odd << shift));
        }
        return Of(value, key);
    }
}
