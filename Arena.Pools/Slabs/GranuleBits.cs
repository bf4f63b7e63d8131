using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arena.Pools;

/// <summary>Runs of bits in unmanaged words, a word at a time. The end of a run is exclusive.</summary>
internal static unsafe class GranuleBits
{
    public static void Set(ulong* words, int first, int end)
    {
        for (var word = first >> 6; word << 6 < end; word++)
            words[word] |= MaskInWord(word, first, end);
    }

    public static void Clear(ulong* words, int first, int end)
    {
        for (var word = first >> 6; word << 6 < end; word++)
            words[word] &= ~MaskInWord(word, first, end);
    }

    /// <summary>The first clear bit at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public static int FirstClear(ulong* words, int from, int end) => First(words, from, end, ulong.MaxValue);

    /// <summary>The first set bit at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public static int FirstSet(ulong* words, int from, int end) => First(words, from, end, 0);

    /// <summary>The last set bit in [first, end), or -1.</summary>
    public static int LastSet(ulong* words, int first, int end)
    {
        for (var word = (end - 1) >> 6; word >= first >> 6 && end > first; word--)
        {
            var bits = words[word] & MaskInWord(word, first, end);
            if (bits != 0)
                return (word << 6) + BitOperations.Log2(bits);
        }
        return -1;
    }

    // Looks for a bit that is 1 once it is flipped.
    private static int First(ulong* words, int from, int end, ulong flip)
    {
        if (from >= end)
            return end;
        var word = from >> 6;
        var lastWord = (end - 1) >> 6;
        var bits = (words[word] ^ flip) & ulong.MaxValue << from;
        while (bits == 0)
        {
            if (word == lastWord)
                return end;
            bits = words[++word] ^ flip;
        }
        return Math.Min((word << 6) + BitOperations.TrailingZeroCount(bits), end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MaskInWord(int word, int first, int end)
    {
        var mask = ulong.MaxValue;
        if (first > word << 6)
            mask <<= first;
        if (end < (word + 1) << 6)
            mask &= (1UL << end) - 1;
        return mask;
    }
}
