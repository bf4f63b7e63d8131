using System.Numerics;

namespace Arena;

/// <summary>
/// Searches and changes runs of bits in unmanaged words, a word at a time; the end of a run is exclusive. Words may be
/// a stride apart, if several bitmaps are interleaved.
/// </summary>
internal static unsafe class BitRuns
{
    public static void Set(ulong* words, int first, int end, nint stride = 1)
    {
        for (var word = first >> 6; word << 6 < end; word++)
            words[word * stride] |= MaskInWord(word, first, end);
    }

    public static void Clear(ulong* words, int first, int end, nint stride = 1)
    {
        for (var word = first >> 6; word << 6 < end; word++)
            words[word * stride] &= ~MaskInWord(word, first, end);
    }

    /// <summary>Returns the first clear bit at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public static int FirstClear(ulong* words, int from, int end, nint stride = 1) =>
        First(words, from, end, ulong.MaxValue, stride);

    /// <summary>Returns the first set bit at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public static int FirstSet(ulong* words, int from, int end, nint stride = 1) => First(words, from, end, 0, stride);

    /// <summary>Returns the last set bit in [first, end), or -1.</summary>
    public static int LastSet(ulong* words, int first, int end, nint stride = 1)
    {
        for (var word = (end - 1) >> 6; word >= first >> 6 && end > first; word--)
        {
            var bits = words[word * stride] & MaskInWord(word, first, end);
            if (bits != 0)
                return (word << 6) + BitOperations.Log2(bits);
        }
        return -1;
    }

    /// <summary>Clears the first run of set bits of a word, and returns its place; false if no bit is set.</summary>
    /// <param name="bits">The bits.</param>
    /// <param name="word">Which word they are.</param>
    /// <param name="first">The number of the run's first bit.</param>
    /// <param name="end">The number behind its last one.</param>
    public static bool CutRun(ref ulong bits, int word, out int first, out int end)
    {
        var bit = BitOperations.TrailingZeroCount(bits);
        first = end = (word << 6) + bit;
        if (bits == 0)
            return false;
        var count = BitOperations.TrailingZeroCount(~(bits >> bit));
        end = first + count;
        bits &= ~(ulong.MaxValue >> (64 - count) << bit);
        return true;
    }

    /// <summary>Inserts a clear bit; those from this place on move up by one, and the last one is lost.</summary>
    public static void InsertAt(Span<ulong> words, int place)
    {
        var last = place >> 6;
        for (var word = words.Length - 1; word > last; word--)
            words[word] = words[word] << 1 | words[word - 1] >> 63;
        var below = (1UL << place) - 1;
        words[last] = (words[last] & below) | (words[last] & ~below) << 1;
    }

    /// <summary>Removes a bit; those behind it move down by one, and the last one becomes clear.</summary>
    public static void RemoveAt(Span<ulong> words, int place)
    {
        var first = place >> 6;
        var below = (1UL << place) - 1;
        words[first] = (words[first] & below) | (words[first] >> 1 & ~below);
        for (var word = first + 1; word < words.Length; word++)
        {
            words[word - 1] |= words[word] << 63;
            words[word] >>= 1;
        }
    }

    /// <summary>Set bits in [first, end).</summary>
    public static int CountSet(ulong* words, int first, int end, nint stride = 1)
    {
        var count = 0;
        for (var word = first >> 6; word << 6 < end && first < end; word++)
            count += BitOperations.PopCount(words[word * stride] & MaskInWord(word, first, end));
        return count;
    }

    // Searches for the first bit that is 1 after the flip.
    private static int First(ulong* words, int from, int end, ulong flip, nint stride)
    {
        if (from >= end)
            return end;
        var word = from >> 6;
        var lastWord = (end - 1) >> 6;
        var bits = (words[word * stride] ^ flip) & ulong.MaxValue << from;
        while (bits == 0)
        {
            if (word == lastWord)
                return end;
            bits = words[++word * stride] ^ flip;
        }
        return Math.Min((word << 6) + BitOperations.TrailingZeroCount(bits), end);
    }

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
