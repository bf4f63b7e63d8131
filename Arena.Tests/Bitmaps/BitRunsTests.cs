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
}
