using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Ledgers;

public sealed class SamplingTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(1 << 19)]
    public void Distances_have_the_mean_and_the_spread_of_a_geometric_law(int meanBytes)
    {
        const int draws = 200_000;
        const ulong seed = 11;
        var sampling = new Arena.Diagnostics.Sampling((nuint)meanBytes, seed);
        double sum = 0, squares = 0, ones = 0;
        for (var i = 0; i < draws; i++)
        {
            var distance = sampling.DrawDistance();
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
        var sampling = new Arena.Diagnostics.Sampling((nuint)meanBytes, seed: 5);
        var left = sampling.DrawDistance();
        long count = 0, bytes = 0, samples = 0;
        double variance = 0;
        for (var i = 0; i < allocations; i++)
        {
            left -= sizeBytes;
            if (left > 0)
                continue;
            left = sampling.DrawDistance();
            samples++;
            var weight = sampling.WeightOf((nuint)sizeBytes);
            count += weight.Count;
            bytes += weight.Bytes;
            variance += sampling.VarianceOf((nuint)sizeBytes);
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
        var gate = new SampleGate { BytesLeft = 100 };
        Assert.True(gate.Skips(99));
        Assert.False(gate.Skips(1));
        for (nuint i = 1; i <= 10_000; i++)
            gate.Add(i * 64);
        for (nuint i = 1; i <= 10_000; i++)
            Assert.True(gate.MayHold(i * 64));
        for (nuint i = 1; i <= 9_999; i++)
            gate.Remove(i * 64);
        Assert.True(gate.MayHold(10_000 * 64));
        gate.Remove(10_000 * 64);
        Assert.DoesNotContain(Enumerable.Range(1, 10_000), i => gate.MayHold((nuint)i * 64));
    }

    [Fact]
    public void A_count_that_overflows_stays_and_misses_nothing()
    {
        var gate = new SampleGate();
        for (var i = 0; i < 1_000; i++)
            gate.Add(64);
        for (var i = 0; i < 999; i++)
            gate.Remove(64);
        Assert.True(gate.MayHold(64));
    }
}
