using GameLoop.Measurement;
using GameLoop.Racing;
using GameLoop.Statistics;

namespace Arena.Tests.Samples;

public sealed class GameStatisticsTests
{
    [Theory]
    [InlineData(500, 4)]
    [InlineData(990, 200)]
    [InlineData(999, 2_000)]
    public void A_percentile_needs_two_values_beyond_it(int perMille, int fewest)
    {
        Assert.Equal(fewest, Percentiles.FewestValues(perMille));
        Assert.Null(Percentiles.Of(OneTo(fewest - 1), perMille));
        Assert.NotNull(Percentiles.Of(OneTo(fewest), perMille));
    }

    [Fact]
    public void Percentiles_are_values_that_were_measured()
    {
        Assert.Equal(1_980, Percentiles.Of(OneTo(2_000), 990));
        Assert.Equal(1_998, Percentiles.Of(OneTo(2_000), 999));
        Assert.Equal(2, Percentiles.Median([1, 2, 3]));
        Assert.Equal(2, Percentiles.Median([1, 2, 3, 4]));
        Assert.Equal(7, Percentiles.Median([7]));
    }

    [Fact]
    public void The_longest_hundredth_is_a_mean_and_at_least_one_frame()
    {
        Assert.Equal(199.5, Percentiles.MeanOfLargestPercent(OneTo(200)));
        Assert.Equal(50, Percentiles.MeanOfLargestPercent(OneTo(50)));
    }

    [Fact]
    public void Frame_times_have_only_what_their_number_supports()
    {
        var few = FrameTimes.Of(Enumerable.Repeat(5_000_000L, 199));
        Assert.Equal((5.0, null, null, 5.0, 5.0), (few.P50, few.P99, few.P999, few.LongestPercent, few.Max));
        var many = FrameTimes.Of(Enumerable.Repeat(5_000_000L, FrameTimes.FramesForP999));
        Assert.Equal((5.0, 5.0), (many.P99, many.P999));
    }

    [Fact]
    public void The_ratio_of_rounds_that_differ_by_a_factor_is_the_factor_whatever_disturbs_both()
    {
        var disturbance = new Random(1);
        double[][] slow = [.. Enumerable.Range(0, 60).Select(_ =>
        {
            var busy = 1 + 3 * disturbance.NextDouble();
            return (double[])[.. Enumerable.Range(0, 20).Select(_ => busy * (10 + disturbance.NextDouble()))];
        })];
        double[][] fast = [.. slow.Select(static round => Array.ConvertAll(round, static time => 0.7 * time))];
        var medians = Comparison.OfMedians(fast, slow);
        Assert.Equal(0.7, medians.Value, 1e-9);
        Assert.Equal(0.7, medians.Low, 1e-9);
        Assert.Equal(0.7, medians.High, 1e-9);
        Assert.Equal(0.7, Comparison.OfLongest(fast, slow).Value, 1e-9);
        Assert.True(medians.IsClear);
    }

    [Fact]
    public void An_interval_holds_the_truth_about_nineteen_times_in_twenty()
    {
        const int trials = 60;
        const double truth = 0.9;
        var random = new Random(42);
        var held = Enumerable.Range(0, trials).Count(_ =>
        {
            double[][] mine = [.. Rounds(random, truth)];
            double[][] theirs = [.. Rounds(random, 1)];
            var ratio = Comparison.OfMedians(mine, theirs);
            return ratio.Low <= truth && truth <= ratio.High;
        });
        Assert.InRange(held, trials * 80 / 100, trials);
    }

    [Fact]
    public void Alike_contestants_show_no_certain_difference()
    {
        var random = new Random(3);
        double[][] mine = [.. Rounds(random, 1)];
        double[][] theirs = [.. Rounds(random, 1)];
        var ratio = Comparison.OfMedians(mine, theirs);
        Assert.True(ratio.Low < 1 && ratio.High > 1, ratio.ToString());
        Assert.Equal(ratio, Comparison.OfMedians(mine, theirs));
    }

    [Fact]
    public void A_plan_plays_exactly_the_frames_that_are_asked_for()
    {
        var plan = new FramePlan(50, limit: null, () => TimeSpan.MaxValue);
        Assert.Equal([4, 20, 20, 6, 0], Turns(plan, milliseconds: 1));
        Assert.Equal((50, 1.0), (plan.Done, plan.Share));
    }

    [Fact]
    public void Long_frames_make_short_turns()
    {
        var plan = new FramePlan(30, limit: null, () => TimeSpan.Zero);
        Assert.Equal([4, 12, 12, 2, 0], Turns(plan, milliseconds: 10));
        Assert.Equal([4, 4, 4, 3, 0], Turns(new FramePlan(15, limit: null, () => TimeSpan.Zero), milliseconds: 500));
    }

    [Fact]
    public void With_a_limit_it_is_enough_when_time_is_up_but_never_without_a_turn()
    {
        var now = TimeSpan.Zero;
        var plan = new FramePlan(1_000, TimeSpan.FromSeconds(10), () => now);
        Assert.Equal(4, plan.Next());
        plan.Played(4, 1);
        now = TimeSpan.FromSeconds(5);
        Assert.Equal(0.5, plan.Share);
        Assert.Equal(20, plan.Next());
        now = TimeSpan.FromSeconds(10);
        Assert.Equal(0, plan.Next());
        Assert.Equal(4, new FramePlan(1_000, TimeSpan.FromSeconds(10), () => now).Next());
    }

    private static List<int> Turns(FramePlan plan, double milliseconds)
    {
        List<int> turns = [];
        do
        {
            turns.Add(plan.Next());
            plan.Played(turns[^1], milliseconds);
        }
        while (turns[^1] > 0);
        return turns;
    }

    private static IEnumerable<double[]> Rounds(Random random, double factor) => Enumerable.Range(0, 30).Select(
        _ => (double[])[.. Enumerable.Range(0, 5).Select(_ => factor * (1 + 0.5 * random.NextDouble()))]);

    private static double[] OneTo(int count) => [.. Enumerable.Range(1, count).Select(static number => (double)number)];
}
