using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Trend;

public sealed class StudentTTests
{
    [Theory]
    [InlineData(1, 0.025, 12.706204736174698)]
    [InlineData(2, 0.025, 4.302652729749464)]
    [InlineData(5, 0.005, 4.032142983555227)]
    [InlineData(10, 0.01, 2.7637694581126957)]
    [InlineData(10, 0.025, 2.2281388519862735)]
    [InlineData(30, 0.025, 2.0422724563012373)]
    [InlineData(StudentT.Normal, 0.0013498980316300946, 3)]
    [InlineData(StudentT.Normal, 0.1, 1.2815515655446004)]
    [InlineData(StudentT.Normal, 0.025, 1.9599639845400545)]
    [InlineData(StudentT.Normal, 0.01, 2.3263478740408408)]
    public void The_quantiles_are_those_of_the_tables(double degrees, double tail, double expected) =>
        Assert.Equal(expected, StudentT.Quantile(tail, degrees), 1e-9);

    [Theory]
    [InlineData(-3)]
    [InlineData(0)]
    [InlineData(1e-8)]
    [InlineData(0.7)]
    [InlineData(2.5)]
    [InlineData(40)]
    [InlineData(1e5)]
    public void One_two_and_three_degrees_have_closed_forms(double t)
    {
        double three = 0.5 - (t / Math.Sqrt(3) / (1 + t * t / 3) + Math.Atan(t / Math.Sqrt(3))) / Math.PI;
        Assert.Equal(0.5 - Math.Atan(t) / Math.PI, StudentT.UpperTail(t, 1), 1e-14);
        Assert.Equal(0.5 - t / (2 * Math.Sqrt(2 + t * t)), StudentT.UpperTail(t, 2), 1e-14);
        Assert.Equal(three, StudentT.UpperTail(t, 3), 1e-14);
    }

    [Theory]
    [InlineData(3.4, 1.1)]
    [InlineData(7.5, 2.9)]
    [InlineData(46.25, 1.7)]
    [InlineData(400.5, 3.2)]
    public void A_fraction_of_a_degree_agrees_with_numerical_integration(double degrees, double t)
    {
        // With t = sqrt(v) tan(angle) the density is cos(angle)^(v-1), up to a constant.
        double whole = Integral(0, Math.PI / 2, degrees - 1);
        double tail = Integral(Math.Atan(t / Math.Sqrt(degrees)), Math.PI / 2, degrees - 1);
        Assert.Equal(tail / whole / 2, StudentT.UpperTail(t, degrees), 1e-10);
    }

    [Fact]
    public void The_quantile_inverts_the_tail()
    {
        foreach (double degrees in (double[])[1, 1.3, 2.7, 12, 99.5, 1e4, 9e5, 1e6, StudentT.Normal])
        {
            foreach (double tail in (double[])[1e-9, 1e-4, 0.01, 0.1, 0.3, 0.49, 0.5, 0.6, 0.995])
                Assert.Equal(1, StudentT.UpperTail(StudentT.Quantile(tail, degrees), degrees) / tail, 1e-10);
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2.4)]
    [InlineData(2.9999)]
    [InlineData(3.0001)]
    [InlineData(6)]
    public void A_million_degrees_join_the_normal_law_without_a_seam(double t)
    {
        double below = StudentT.UpperTail(t, 999_999), above = StudentT.UpperTail(t, 1_000_001);
        Assert.Equal(1, below / above, 1e-8);
        Assert.Equal(1, StudentT.UpperTail(t, StudentT.Normal) / above, 5e-4);
    }

    [Fact]
    public void The_tails_of_infinity_are_nothing_and_everything()
    {
        Assert.Equal(0, StudentT.UpperTail(double.PositiveInfinity, 5));
        Assert.Equal(1, StudentT.UpperTail(double.NegativeInfinity, 5));
    }

    /// <summary>Simpson's rule for cos^power.</summary>
    private static double Integral(double from, double to, double power)
    {
        const int Steps = 200_000;
        double width = (to - from) / Steps, sum = 0;
        for (int i = 0; i <= Steps; i++)
        {
            double weight = i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.Pow(Math.Max(0, Math.Cos(from + i * width)), power);
        }
        return sum * width / 3;
    }
}
