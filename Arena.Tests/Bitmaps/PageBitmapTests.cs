namespace Arena.Tests.Bitmaps;

/// <summary>The bitmap against a bool[], at every boundary of its words.</summary>
public sealed unsafe class PageBitmapTests
{
    private const int Pages = 200;
    private const int Words = 4;

    [Fact]
    public void Every_range_is_set_and_cleared_and_nothing_beside_it()
    {
        const int Stored = Words * PageBitmap.Stride;
        var words = stackalloc ulong[Stored];
        var bitmap = new PageBitmap(words);
        var neighbour = new PageBitmap(words + 1);
        for (var first = 0; first <= Pages; first++)
        {
            for (var end = first; end <= Pages; end++)
            {
                new Span<ulong>(words, Stored).Clear();
                bitmap.Set(first, end - first);
                for (var page = 0; page < 64 * Words; page++)
                    Assert.Equal(page >= first && page < end, bitmap[page]);
                Assert.Equal(0, neighbour.CountSet(0, 64 * Words));

                new Span<ulong>(words, Stored).Fill(ulong.MaxValue);
                bitmap.Clear(first, end - first);
                for (var page = 0; page < 64 * Words; page++)
                    Assert.Equal(page < first || page >= end, bitmap[page]);
                Assert.Equal(64 * Words, neighbour.CountSet(0, 64 * Words));
            }
        }
    }

    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 3)]
    [InlineData(3, 97)]
    [InlineData(4, 0)]
    [InlineData(5, 100)]
    public void Every_search_agrees_with_a_walk(int seed, int percentSet)
    {
        var words = stackalloc ulong[Words * PageBitmap.Stride];
        new Span<ulong>(words, Words * PageBitmap.Stride).Clear();
        var bitmap = new PageBitmap(words);
        var model = new bool[64 * Words];
        var random = new Random(seed);
        for (var page = 0; page < model.Length; page++)
        {
            model[page] = random.Next(100) < percentSet;
            if (model[page])
                bitmap.Set(page, 1);
        }
        for (var from = 0; from <= model.Length; from++)
        {
            for (var end = 0; end <= model.Length; end++)
                AssertSearches(bitmap, model, from, end, seed);
        }
    }

    private static void AssertSearches(PageBitmap bitmap, bool[] model, int from, int end, int seed)
    {
        var range = from < end ? model.AsSpan(from, end - from) : [];
        var set = range.IndexOf(true);
        var clear = range.IndexOf(false);
        var last = range.LastIndexOf(true);
        var agrees = bitmap.FirstSet(from, end) == (set < 0 ? end : from + set)
            && bitmap.FirstClear(from, end) == (clear < 0 ? end : from + clear)
            && bitmap.LastSet(from, end) == (last < 0 ? -1 : from + last);
        Assert.True(agrees, $"seed {seed}: [{from}, {end})");
    }
}
