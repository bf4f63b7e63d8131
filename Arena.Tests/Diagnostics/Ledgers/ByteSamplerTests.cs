using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Ledgers;

public sealed class ByteSamplerTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(1 << 19)]
    public void Distances_have_the_mean_and_the_spread_of_a_geometric_law(int meanBytes)
    {
        const int draws = 200_000;
        const ulong seed = 11;
        var sampler = new Arena.Diagnostics.ByteSampler((nuint)meanBytes, seed);
        double sum = 0, squares = 0, ones = 0;
        for (var i = 0; i < draws; i++)
        {
            var distance = sampler.DrawDistance();
            Assert.True(distance >= 1);
            sum += distance;
            squares += (double)distance * distance;
            ones += distance == 1 ? 1 : 0;
        }
        var mean = sum / draws;
        var deviation = Math.Sqrt((double)meanBytes * (meanBytes - 1));
        var error = deviation / Math.Sqrt(draws);
        Assert.InRange(mean, meanBytes - 5 * error, meanBytes + 5 * error);
        Assert.InRange(Math.Sqrt(squares / draws - mean * mean), 0.98 * deviation, 1.02 * deviation);
        Assert.InRange(ones / draws, 0.9 / meanBytes - 0.0005, 1.1 / meanBytes + 0.0005);
    }

    [Theory]
    [InlineData(16, 512)]
    [InlineData(64, 512)]
    [InlineData(5_000, 512)]
    public void Weighed_samples_add_up_to_what_was_allocated(int sizeBytes, int meanBytes)
    {
        const int allocations = 400_000;
        var sampler = new Arena.Diagnostics.ByteSampler((nuint)meanBytes, seed: 5);
        var left = sampler.DrawDistance();
        long count = 0, bytes = 0, samples = 0;
        double variance = 0;
        for (var i = 0; i < allocations; i++)
        {
            left -= sizeBytes;
            if (left > 0)
                continue;
            left = sampler.DrawDistance();
            samples++;
            var weight = sampler.WeightOf((nuint)sizeBytes);
            count += weight.Count;
            bytes += weight.Bytes;
            variance += sampler.VarianceOf((nuint)sizeBytes);
        }
        // Weights are rounded to bytes.
        var error = Math.Sqrt(variance) + samples / 8.0;
        Assert.InRange(bytes - (double)allocations * sizeBytes, -4 * error - 1, 4 * error + 1);
        Assert.InRange(
            SiteCounters.Whole(count) - (double)allocations, -4 * error / sizeBytes - 1, 4 * error / sizeBytes + 1);
    }

    [Fact]
    public void The_gate_lets_pass_what_reaches_the_point_and_frees_of_what_it_holds()
    {
        var filter = new SampleFilter { BytesLeft = 100 };
        Assert.True(filter.Skips(99));
        Assert.False(filter.Skips(1));
        for (nuint i = 1; i <= 10_000; i++)
            filter.Add(i * 64);
        for (nuint i = 1; i <= 10_000; i++)
            Assert.True(filter.MayHold(i * 64));
        for (nuint i = 1; i <= 9_999; i++)
            filter.Remove(i * 64);
        Assert.True(filter.MayHold(10_000 * 64));
        filter.Remove(10_000 * 64);
        Assert.DoesNotContain(Enumerable.Range(1, 10_000), i => filter.MayHold((nuint)i * 64));
    }

    [Fact]
    public void A_count_that_overflows_stays_and_misses_nothing()
    {
        var filter = new SampleFilter();
        for (var i = 0; i < 1_000; i++)
            filter.Add(64);
        for (var i = 0; i < 999; i++)
            filter.Remove(64);
        Assert.True(filter.MayHold(64));
    }
}
