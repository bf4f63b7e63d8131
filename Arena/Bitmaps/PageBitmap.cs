using System.Numerics;

namespace Arena;

/// <summary>
/// One bit a page, in unmanaged words; ranges and searches go a word at a time. Several lie interleaved: what is known
/// of 64 pages is side by side, and the bitmaps of a small arena share one page.
/// </summary>
internal readonly unsafe struct PageBitmap(ulong* words)
{
    /// <summary>Bitmaps that lie interleaved.</summary>
    public const int Stride = 5;

    private readonly ulong* _words = words;

    public bool this[int page] => (Word(page >> 6) >> page & 1) != 0;

    /// <summary>The bits of 64 pages.</summary>
    public ref ulong Word(int word) => ref _words[(nint)word * Stride];

    public void Set(int first, int count)
    {
        var end = first + count;
        for (var word = first >> 6; word << 6 < end; word++)
            Word(word) |= MaskInWord(word, first, end);
    }

    public void Clear(int first, int count)
    {
        var end = first + count;
        for (var word = first >> 6; word << 6 < end; word++)
            Word(word) &= ~MaskInWord(word, first, end);
    }

    /// <summary>The first clear page at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public int FirstClear(int from, int end) => First(from, end, flip: ulong.MaxValue);

    /// <summary>The first set page at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public int FirstSet(int from, int end) => First(from, end, flip: 0);

    /// <summary>The last set page in [first, end), or -1.</summary>
    public int LastSet(int first, int end)
    {
        for (var word = (end - 1) >> 6; word >= first >> 6 && end > first; word--)
        {
            var bits = Word(word) & MaskInWord(word, first, end);
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
            count += BitOperations.PopCount(Word(word) & MaskInWord(word, first, end));
        return count;
    }

    // Looks for a bit that is 1 once it is flipped.
    private int First(int from, int end, ulong flip)
    {
        if (from >= end)
            return end;
        var word = from >> 6;
        var lastWord = (end - 1) >> 6;
        var bits = (Word(word) ^ flip) & ulong.MaxValue << from;
        while (bits == 0)
        {
            if (word == lastWord)
                return end;
            bits = Word(++word) ^ flip;
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
