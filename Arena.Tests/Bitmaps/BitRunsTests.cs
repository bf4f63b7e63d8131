namespace Arena.Tests.Bitmaps;

public sealed class BitRunsTests
{
    private const int Words = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Bits_are_inserted_and_removed_like_those_of_a_list(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 1000; i++)
        {
            var words = new ulong[Words];
            foreach (ref var word in words.AsSpan())
                word = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            var bits = Enumerable.Range(0, 64 * Words).Select(b => (words[b >> 6] >> b & 1) != 0).ToList();
            var place = random.Next(64 * Words);
            if (random.Next(2) == 0)
            {
                BitRuns.InsertAt(words, place);
                bits.Insert(place, false);
                bits.RemoveAt(bits.Count - 1);
            }
            else
            {
                BitRuns.RemoveAt(words, place);
                bits.RemoveAt(place);
                bits.Add(false);
            }
            for (var b = 0; b < bits.Count; b++)
                Assert.True(bits[b] == ((words[b >> 6] >> b & 1) != 0), $"bit {b} after place {place} (seed {seed})");
        }
    }

    [Fact]
    public void Runs_are_cut_out_of_a_word_lowest_first()
    {
        var random = new Random(5);
        ulong[] special =
            [0, 1, 1UL << 63, ulong.MaxValue, ulong.MaxValue >> 1, ulong.MaxValue << 1, 0x8000_0000_0000_0001];
        foreach (var word in special.Concat(Enumerable.Range(0, 1000).Select(_ => WithRuns(random))))
        {
            var left = word;
            var cut = 0UL;
            var before = 64 * 3 - 1;
            while (BitRuns.CutRun(ref left, 3, out var first, out var end))
            {
                Assert.InRange(first, before + 1, 64 * 4 - 1);
                Assert.InRange(end, first + 1, 64 * 4);
                for (var bit = first - 64 * 3; bit < end - 64 * 3; bit++)
                    cut |= 1UL << bit;
                Assert.Equal(word, cut | left);
                Assert.Equal(0UL, cut & left);
                // The bit behind a run is clear, so the next run does not touch it.
                before = end;
            }
            Assert.Equal((word, 0UL), (cut, left));
        }
    }

    private static ulong WithRuns(Random random)
    {
        var word = 0UL;
        for (var at = random.Next(20); at < 64; at += random.Next(1, 20))
        {
            var count = random.Next(1, 20);
            for (var end = Math.Min(64, at + count); at < end; at++)
                word |= 1UL << at;
        }
        return word;
    }
}
