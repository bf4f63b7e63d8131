using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Trend;

/// <summary>The mixture of noise models, against matrices and against noise of a known kind.</summary>
public sealed class SlopeMixtureTests
{
    private static readonly double[] Positions = [.. Enumerable.Range(0, 96).Select(i => (double)i)];

    public static TheoryData<int> Models => [.. Enumerable.Range(0, NoiseModel.All.Length)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Filtering_is_generalized_least_squares(int number)
    {
        NoiseModel model = NoiseModel.All[number];
        double[] x = [-3.5, -2, -0.5, 0, 1.5, 4.5], y = new Noise(number).White(6, 10);
        double[,] inverse = Inverse(Covariance(model, 6));
        double oneOne = 0, oneX = 0, xx = 0, oneY = 0, xy = 0;
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 6; j++)
            {
                oneOne += inverse[i, j];
                oneX += inverse[i, j] * x[j];
                xx += x[i] * inverse[i, j] * x[j];
                oneY += inverse[i, j] * y[j];
                xy += x[i] * inverse[i, j] * y[j];
            }
        }
        double determinant = oneOne * xx - oneX * oneX;
        var fit = FilteredLine.Of(x, y, model, averaged: 1);
        Assert.Equal((oneOne * xy - oneX * oneY) / determinant, fit.Slope, 1e-9);
        Assert.Equal(1, fit.SlopeVariance / (oneOne / determinant), 1e-9);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_error_of_the_ordinary_slope_is_that_of_its_weights(int number)
    {
        NoiseModel model = NoiseModel.All[number];
        double[] x = [-3.5, -2, -0.5, 0, 1.5, 4.5];
        double sumXX = x.Sum(value => value * value), expected = 0;
        double[,] covariance = Covariance(model, 6);
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 6; j++)
                expected += x[i] * covariance[i, j] * x[j] / sumXX / sumXX;
        }
        Assert.Equal(1, model.SlopeVariance(x, sumXX, averaged: 1) / expected, 1e-9);
    }

    [Fact]
    public void The_models_have_one_probability_together() =>
        Assert.Equal(1, NoiseModel.All.Sum(model => Math.Exp(model.LogPrior)), 12);

    [Theory]
    [InlineData(0, 96, 4)]
    [InlineData(0.5, 94, 6)]
    [InlineData(0.8, 94, 6)]
    [InlineData(1, 88, 8)]
    public void A_slope_is_covered_whatever_the_noise_remembers(double memory, int held, int over)
    {
        int count = 0;
        for (int seed = 0; seed < 500; seed++)
        {
            var noise = new Noise(seed);
            double[] y = memory < 1 ? noise.Autoregression(96, memory, 1000) : noise.Walk(96, 1000);
            var mixture = new SlopeMixture(Positions, [.. y.Select((v, i) => v + 70 * Positions[i])], 1);
            count += Math.Abs(mixture.Slope - 70) <= mixture.Reach(0.025) ? 1 : 0;
        }
        Assert.InRange(count / 5.0, held, held + over);
    }

    [Fact]
    public void Means_of_a_walk_are_not_taken_for_a_smoother_walk()
    {
        int held = 0, heldWithout = 0;
        for (int seed = 0; seed < 500; seed++)
        {
            double[] walk = new Noise(seed).Walk(960, 1000);
            double[] means = [.. walk.Chunk(10).Select(chunk => chunk.Average())];
            var mixture = new SlopeMixture(Positions, means, 1, averaged: 10);
            var naive = new SlopeMixture(Positions, means, 1);
            held += Math.Abs(mixture.OrdinarySlope) <= mixture.OrdinaryReach(0.025) ? 1 : 0;
            heldWithout += Math.Abs(naive.OrdinarySlope) <= naive.OrdinaryReach(0.025) ? 1 : 0;
        }
        Assert.InRange(held, 460, 490);
        Assert.InRange(heldWithout, 300, 455);
    }

    [Fact]
    public void Where_noise_forgets_at_once_the_doubt_costs_less_than_half()
    {
        double wider = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            double[] y = new Noise(seed).White(96, 1000);
            var line = LineFit.Of(Positions, y);
            double plain = Math.Sqrt(line.ResidualSquares / 94 / line.SumXX) * StudentT.Quantile(0.025, 94);
            wider += new SlopeMixture(Positions, y, 1).OrdinaryReach(0.025) / plain / 100;
        }
        Assert.InRange(wider, 1, 1.5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void A_perfect_line_leaves_no_more_doubt_than_rounding(double slope)
    {
        var mixture = new SlopeMixture(Positions, [.. Positions.Select(x => 1e9 + slope * x)], 1.0 / 12);
        Assert.Equal(slope, mixture.Slope, 1e-9);
        Assert.InRange(mixture.Reach(0.025), 1e-6, 0.01);
        Assert.InRange(mixture.Probability, slope > 0 ? 0 : 0.49, slope > 0 ? 1e-12 : 0.51);
    }

    private static double[,] Covariance(NoiseModel model, int count)
    {
        var covariance = new double[count, count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                double shared = model.Memory < 1
                    ? Math.Pow(model.Memory, Math.Abs(i - j)) / (1 - model.Memory * model.Memory)
                    : Math.Min(i, j) + 1;
                covariance[i, j] = (i == j ? 1 : 0) + model.StepVariance * shared;
            }
        }
        return covariance;
    }

    /// <summary>By elimination; the matrix is positive definite.</summary>
    private static double[,] Inverse(double[,] matrix)
    {
        int count = matrix.GetLength(0);
        var inverse = new double[count, count];
        for (int i = 0; i < count; i++)
            inverse[i, i] = 1;
        for (int pivot = 0; pivot < count; pivot++)
        {
            double scale = matrix[pivot, pivot];
            for (int column = 0; column < count; column++)
                (matrix[pivot, column], inverse[pivot, column]) =
                    (matrix[pivot, column] / scale, inverse[pivot, column] / scale);
            for (int row = 0; row < count; row++)
            {
                double factor = matrix[row, pivot];
                for (int column = 0; column < count && row != pivot; column++)
                {
                    matrix[row, column] -= factor * matrix[pivot, column];
                    inverse[row, column] -= factor * inverse[pivot, column];
                }
            }
        }
        return inverse;
    }
}
