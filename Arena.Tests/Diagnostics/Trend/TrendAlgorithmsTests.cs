using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Trend;

/// <summary>Each algorithm of the trend by itself, against a definition or a published example.</summary>
public sealed class TrendAlgorithmsTests
{
    private static readonly double[] Positions = [.. Enumerable.Range(0, 48).Select(i => i / 48.0)];

    [Fact]
    public void A_line_is_found_exactly_far_from_the_origin()
    {
        var line = LineFit.Of([1e9, 1e9 + 1, 1e9 + 4], [1e12 + 10, 1e12 + 13, 1e12 + 22]);
        Assert.Equal(3, line.Slope, 12);
        Assert.Equal(1e12 + 16, line.At(1e9 + 2), 6);
        Assert.Equal(0, line.ResidualSquares, 6);
    }

    [Theory]
    [InlineData(0.3, 10)]
    [InlineData(0.9, 48)]
    [InlineData(0.999, 48)]
    [InlineData(1, 7)]
    [InlineData(0.9999999, 95)]
    public void The_variance_factor_is_the_sum_that_defines_it(double memory, int count)
    {
        double sum = 1;
        for (int k = 1; k < count; k++)
            sum += 2 * (1 - k / (double)count) * Math.Pow(memory, k);
        Assert.Equal(sum, Autocorrelation.VarianceFactor(memory, count), 1e-3 * sum);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    public void The_memory_of_residuals_is_recovered(double memory)
    {
        double sum = 0;
        for (int seed = 0; seed < 200; seed++)
            sum += SegmentedFit.Choose(Positions, new Noise(seed).Autoregression(48, memory, 1e6), 1).Memory;
        Assert.InRange(sum / 200, memory - 0.07, memory + 0.1);
    }

    [Fact]
    public void Ten_rising_values_have_the_s_of_forty_five()
    {
        double[] rising = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        Assert.Equal(125, MannKendall.Variance(rising), 12);
        double z = 44 / Math.Sqrt(125);
        Assert.Equal(StudentT.UpperTail(z, StudentT.Normal), MannKendall.UpwardProbability(rising, 1), 12);
        Assert.Equal(MannKendall.LeastProbability(10, 2), MannKendall.UpwardProbability(rising, 2), 12);
    }

    [Fact]
    public void Ties_shrink_the_variance_of_s()
    {
        // Groups of 2 and 3 equals among 6: (6*5*17 - 2*1*9 - 3*2*11) / 18.
        Assert.Equal((510 - 18 - 66) / 18.0, MannKendall.Variance([5, 1, 5, 2, 2, 2]), 12);
        Assert.Equal(1, MannKendall.UpwardProbability([4, 4, 4, 4], 1));
    }

    [Fact]
    public void A_wave_is_what_comes_back_whatever_else_goes_on()
    {
        double[] seconds = [.. Enumerable.Range(0, 400).Select(i => 50 + 10.0 * i)];
        double[] wave = [.. seconds.Select(s => 100 * Math.Sin(2 * Math.PI * s / 1000))];
        foreach (var rest in new Func<double, double>[] { s => 0, s => s, s => s < 2_000 ? 0 : 300, s => s * s / 1e4 })
        {
            var season = Season.Of(seconds, [.. seconds.Select((s, i) => wave[i] + rest(s))], 1_000);
            Assert.NotNull(season);
            Assert.True(season.IsThere);
            Assert.All(seconds.Zip(wave), pair => Assert.InRange(season.At(pair.First) - pair.Second, -30, 30));
        }
        Assert.Null(Season.Of(seconds, wave, 1_400));
        Assert.Null(Season.Of(seconds, wave, 20));
        Assert.False(Season.Of(seconds, new Noise(3).White(400, 1), 1_000)!.IsThere);
    }

    [Fact]
    public void Phases_that_rise_from_cycle_to_cycle_are_a_trend_and_the_wave_is_none()
    {
        double[] seconds = [.. Enumerable.Range(0, 40).Select(i => 1.0 * i)];
        double[] wave = [.. seconds.Select(s => 1_000 * (s % 10))];
        Assert.Equal(1, Season.Of(seconds, wave, 10)!.UpwardProbability(0, 0.01));
        // Four values a phase rise in 6 pairs, of variance 26 / 3; ten phases, and one pair off. The memory of so few
        // phases is in doubt.
        Season rising = Season.Of(seconds, [.. wave.Select((w, i) => w + i)], 10)!;
        double sure = StudentT.UpperTail(59 / Math.Sqrt(10 * 26 / 3.0), StudentT.Normal);
        Assert.InRange(rising.UpwardProbability(0, 0.01), sure, 1e-4);
        Assert.InRange(Season.Of(seconds, wave, 10)!.UpwardProbability(40, 0.01), sure, 1e-4);
        double[] walk = new Noise(5).Walk(40, 1);
        Season wandering = Season.Of(seconds, [.. wave.Select((w, i) => w / 1_000 + 100 * walk[i])], 10)!;
        Assert.InRange(wandering.UpwardProbability(1e9, 1e-9), 0, 0);
    }

    [Fact]
    public void The_squares_of_all_stretches_are_those_of_their_lines()
    {
        double[] y = [.. new Noise(7).White(48, 3).Select((noise, i) => 1e9 + i * 1e3 + noise)];
        using var table = new StretchTable(Positions, y, 6);
        for (int start = 0; start < 40; start += 3)
        {
            for (int end = start + 6; end <= 48; end += 5)
            {
                double squares = LineFit.Of(Positions.AsSpan(start..end), y.AsSpan(start..end)).ResidualSquares;
                Assert.Equal(squares, table.Squares(start, end), 1e-3 * squares);
            }
        }
    }

    [Fact]
    public void The_median_slope_ignores_a_quarter_of_wild_points()
    {
        double[] y = [.. Positions.Select((x, i) => 100 * x + (i % 4 == 1 ? 1e9 * Math.Sin(i) : 0))];
        SlopeInterval slope = TheilSen.Slope(Positions, y, 1, 1.96);
        Assert.InRange(slope.BytesPerSecond, 90, 110);
        Assert.InRange(slope.BytesPerSecond, slope.LowerBytesPerSecond, slope.UpperBytesPerSecond);
    }

    [Fact]
    public void Sens_interval_holds_the_slope_as_often_as_it_says()
    {
        int held = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            double[] noise = new Noise(seed).White(48, 1);
            double[] y = [.. Positions.Select((x, i) => 3 * x + noise[i])];
            SlopeInterval slope = TheilSen.Slope(Positions, y, 1, 1.96);
            held += slope.LowerBytesPerSecond <= 3 && slope.UpperBytesPerSecond >= 3 ? 1 : 0;
        }
        Assert.InRange(held, 370, 394);
    }

    [Fact]
    public void The_floor_of_spikes_is_flat()
    {
        double[] values = [9, 5, 7, 5, 5, 8, 6, 5, 5, 5, 5, 70, 5, 99, 5];
        double[] seconds = [.. Enumerable.Range(0, values.Length).Select(i => 1.0 * i)];
        var floor = FloorPoints.Of(new TrendInput(seconds, values), blockSamples: 2, season: null);
        Assert.Equal([1, 3, 6, 7, 9, 12, 14], floor.Points.Select(point => point.Seconds));
        Assert.All(floor.Floors, bytes => Assert.InRange(bytes, 0, 1));
    }

    [Theory]
    [InlineData(18, 600)]
    [InlineData(100, 4000)]
    [InlineData(900, 100_000)]
    public void The_period_of_a_sawtooth_on_a_slope_is_found(int period, int samples)
    {
        double[] values = [.. Enumerable.Range(0, samples).Select(i => 20.0 * (i % period) / period + i * 0.01)];
        Assert.InRange(Periodicity.Dominant(values, samples / 12), period * 0.9, period * 1.1);
    }

    [Fact]
    public void Noise_and_a_constant_have_no_period()
    {
        Assert.Equal(0, Periodicity.Dominant(new double[500], 40));
        Assert.Equal(0, Periodicity.Dominant(new Noise(3).White(500, 1), 40));
    }

    [Theory]
    [InlineData(TrendShape.Constant)]
    [InlineData(TrendShape.Line)]
    [InlineData(TrendShape.Step)]
    [InlineData(TrendShape.TwoLines)]
    [InlineData(TrendShape.ThreeLines)]
    public void The_shape_that_made_the_points_is_chosen(TrendShape shape)
    {
        double[] noise = new Noise(5).White(48, 100);
        double[] y = [.. Positions.Select((x, i) => noise[i] + shape switch
        {
            TrendShape.Line => 2000 * x,
            TrendShape.Step => x < 0.5 ? 0 : 2000,
            TrendShape.TwoLines => Math.Max(0, x - 0.5) * 8000,
            TrendShape.ThreeLines => Math.Clamp(x - 0.25, 0, 0.25) * 20_000,
            _ => 0,
        })];
        var fit = SegmentedFit.Choose(Positions, y, 1);
        Assert.Equal(shape, fit.Shape);
        if (shape >= TrendShape.Step)
            Assert.InRange(fit.Start, 20, 28);
    }

    [Fact]
    public void The_fifteen_tests_of_Benjamini_and_Hochberg_yield_four()
    {
        // The example of section 3.2 of the paper of 1995.
        double[] p =
        [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.000,
        ];
        Assert.Equal(0.0095, BenjaminiHochberg.Threshold(p, 0.05));
        Assert.True(BenjaminiHochberg.Threshold([0.2, 0.9], 0.05) < 0);
        Assert.True(BenjaminiHochberg.Threshold([], 0.05) < 0);
    }
}
