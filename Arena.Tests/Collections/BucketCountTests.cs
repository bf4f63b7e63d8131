using Arena.Collections;

namespace Arena.Tests.Collections;

/// <summary>The number of buckets is prime and large enough, and remainders are those of the division.</summary>
public sealed class BucketCountTests
{
    private const int MostEntries = (1 << 30) - 1;

    [Theory]
    [InlineData(1, 3)]
    [InlineData(8, 17)]
    [InlineData(1000, 2003)]
    [InlineData(65_536, 131_101)]
    [InlineData(65_537, 81_929)]
    [InlineData(MostEntries, 1_342_177_283)]
    public void It_is_the_next_prime_number(int capacity, uint expected) =>
        Assert.Equal(expected, BucketCount.For(capacity));

    [Fact]
    public void Remainders_are_those_of_the_division()
    {
        const int seed = 1511;
        var random = new Random(seed);
        foreach (var capacity in new[] { 1, 2, 8, 1000, 65_536, 1_000_000, 123_456_789, MostEntries })
        {
            var count = BucketCount.For(capacity);
            var multiplier = BucketCount.MultiplierOf(count);
            for (var i = 0; i < 100_000; i++)
                Check((uint)random.NextInt64(1L << 32));
            var lastMultiple = uint.MaxValue / count * count;
            foreach (var hash in new uint[] { 0, 1, count - 1, count, count + 1, lastMultiple, uint.MaxValue })
                Check(hash);

            void Check(uint hash) => Assert.True(
                BucketCount.Remainder(hash, multiplier, count) == hash % count, $"{hash} mod {count}, seed {seed}");
        }
    }

    [Fact]
    public void Keys_that_are_multiples_of_a_number_spread()
    {
        foreach (var step in new[] { 1, 2, 7, 16, 1000, 1024, 65_536 })
        {
            var count = BucketCount.For(10_000);
            var buckets = new HashSet<uint>();
            for (var i = 0; i < 10_000; i++)
                buckets.Add(Hash.Of(i * step) % count);
            Assert.Equal(10_000, buckets.Count);
        }
    }

    [Fact]
    public void Numbers_of_64_bits_with_equal_halves_spread()
    {
        var hashes = new HashSet<uint>();
        for (var i = 0L; i < 10_000; i++)
            hashes.Add(Hash.Of((i << 32) | i));
        Assert.Equal(10_000, hashes.Count);
    }
}
