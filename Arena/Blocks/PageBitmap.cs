using System.Numerics;

namespace Arena;

/// <summary>One bit a page, in unmanaged words; ranges and searches go a word at a time.</summary>
internal readonly unsafe struct PageBitmap(ulong* words)
{
    private readonly ulong* _words = words;

    public bool this[int page] => (_words[page >> 6] >> page & 1) != 0;

    public void Set(int first, int count)
    {
        var end = first + count;
        for (var word = first >> 6; word << 6 < end; word++)
            _words[word] |= MaskInWord(word, first, end);
    }

    public void Clear(int first, int count)
    {
        var end = first + count;
        for (var word = first >> 6; word << 6 < end; word++)
            _words[word] &= ~MaskInWord(word, first, end);
    }

    /// <summary>The first clear page at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public int FirstClear(int from, int end) => First(from, end, 0, ulong.MaxValue);

    /// <summary>The first set page at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public int FirstSet(int from, int end) => First(from, end, ulong.MaxValue, 0);

    /// <summary>The last set page in [first, end), or -1.</summary>
    public int LastSet(int first, int end)
    {
        for (var word = (end - 1) >> 6; word >= first >> 6 && end > first; word--)
        {
            var bits = _words[word] & MaskInWord(word, first, end);
            if (bits != 0)
                return (word << 6) + BitOperations.Log2(bits);
        }
        return -1;
    }

    /// <summary>Set pages in [first, end).</summary>
    public int CountSet(int first, int end)
    {
        var count = 0;
        for (var word = first >> 6; word << 6 < end && first < end; word++)
            count += BitOperations.PopCount(_words[word] & MaskInWord(word, first, end));
        return count;
    }

    // Looks for a bit of the wanted kind: bits ^ ~want is 1 where the page is wanted; words equal to skip have none.
    private int First(int from, int end, ulong want, ulong skip)
    {
        if (from >= end)
            return end;
        var word = from >> 6;
        var bits = (_words[word] ^ ~want) & ulong.MaxValue << from;
        if (bits == 0)
        {
            var rest = new ReadOnlySpan<ulong>(_words + word + 1, ((end - 1) >> 6) - word);
            var found = rest.IndexOfAnyExcept(skip);
            if (found < 0)
                return end;
            word += 1 + found;
            bits = _words[word] ^ ~want;
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
