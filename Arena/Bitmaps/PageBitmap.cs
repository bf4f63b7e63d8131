namespace Arena;

/// <summary>
/// One bit for each page, in unmanaged words. Several bitmaps are interleaved: the bits of 64 pages lie side by side,
/// and the bitmaps of a small arena share one page.
/// </summary>
internal readonly unsafe struct PageBitmap(ulong* words)
{
    /// <summary>The number of interleaved bitmaps.</summary>
    public const int Stride = 5;

    private readonly ulong* _words = words;

    public bool this[int page] => (Word(page >> 6) >> page & 1) != 0;

    /// <summary>Returns the bits of 64 pages.</summary>
    public ref ulong Word(int word) => ref _words[(nint)word * Stride];

    public void Set(int first, int count) => BitRuns.Set(_words, first, first + count, Stride);

    public void Clear(int first, int count) => BitRuns.Clear(_words, first, first + count, Stride);

    /// <summary>Returns the first clear page at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public int FirstClear(int from, int end) => BitRuns.FirstClear(_words, from, end, Stride);

    /// <summary>Returns the first set page at or after <paramref name="from"/>, or <paramref name="end"/>.</summary>
    public int FirstSet(int from, int end) => BitRuns.FirstSet(_words, from, end, Stride);

    /// <summary>Returns the last set page in [first, end), or -1.</summary>
    public int LastSet(int first, int end) => BitRuns.LastSet(_words, first, end, Stride);

    /// <summary>Counts the set pages in [first, end).</summary>
    public int CountSet(int first, int end) => BitRuns.CountSet(_words, first, end, Stride);
}
