using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Files;

public sealed class ChecksumIndexTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1_000)]
    [InlineData(3, 1_024)]
    [InlineData(4, 100_000)]
    public void The_sum_of_any_stretch_is_the_one_that_its_bytes_have(int seed, int length)
    {
        var random = new Random(seed);
        var file = new byte[length];
        random.NextBytes(file);
        var index = new ChecksumIndex(file);
        for (var run = 0; run < 500; run++)
        {
            var start = random.Next(length + 1);
            var count = random.Next(length - start + 1);
            var before = random.Next(2) == 0 ? 0 : (uint)random.NextInt64(1L << 32);
            var expected = Crc32C.Of(file.AsSpan(start, count), before);
            Assert.True(expected == index.Checksum(start, count, before), $"seed {seed}: {count} from {start}");
        }
        Assert.InRange(index.LookedAtBytes, length, length + 500 * 2_048);
    }
}
