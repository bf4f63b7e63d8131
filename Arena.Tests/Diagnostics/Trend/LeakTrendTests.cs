using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Trend;

/// <summary>Tests of the public calls: edges, guards, forecasts, sites.</summary>
public sealed class LeakTrendTests
{
    [Fact]
    public void Up_to_eleven_points_are_not_enough_and_nothing_is_ever_NaN()
    {
        for (int count = 0; count <= 20; count++)
        {
            double[] noise = new Noise(count).White(count, 1000);
            TrendReport report = LeakTrend.Analyze(Minutes(count), [.. noise.Select(n => 1e6 + Math.Round(n))]);
            Assert.Equal(count < 12, report.Verdict == TrendVerdict.InsufficientData);
            Assert.Equal(count, report.SampleCount);
            AssertNumbers(report);
        }
    }

    [Fact]
    public void A_constant_series_is_flat_and_could_not_hide_more_than_a_few_bytes()
    {
        TrendReport report = LeakTrend.Analyze(Minutes(500), [.. Enumerable.Repeat(4e9, 500)]);
        Assert.Equal(TrendVerdict.Flat, report.Verdict);
        Assert.Equal(0, report.SlopeBytesPerSecond);
        Assert.Equal(4e9, report.InterceptBytes);
        Assert.InRange(report.DetectableBytesPerSecond * report.EndSeconds, 1, 10);
        AssertNumbers(report);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_few_rises_of_an_exact_counter_are_no_leak(int rises)
    {
        double[] bytes = [.. Enumerable.Range(0, 400).Select(i => 1e6 + 4096.0 * (i * (rises + 1) / 400))];
        TrendReport report = LeakTrend.Analyze(Minutes(400), bytes);
        Assert.True(report.Verdict < TrendVerdict.Negligible, report.ToString());
    }

    [Fact]
    public void A_perfect_line_is_confirmed_and_measured_exactly()
    {
        double[] bytes = [.. Enumerable.Range(0, 200).Select(i => 5e8 + 64.0 * i)];
        TrendReport report = LeakTrend.Analyze(Minutes(200), bytes);
        Assert.Equal(TrendVerdict.Confirmed, report.Verdict);
        Assert.Equal(64.0 / 60, report.SlopeBytesPerSecond, 9);
        Assert.Equal(64.0 / 60, report.FloorSlope.BytesPerSecond, 9);
        Assert.Equal(1, report.DoublingRatio!.Value, 6);
        Assert.Equal(0, report.GrowthBeganSeconds);
    }

    [Fact]
    public void One_byte_an_hour_is_found_in_a_quiet_counter()
    {
        double[] seconds = Minutes(3 * 24 * 60);
        TrendReport report = LeakTrend.Analyze(seconds, [.. seconds.Select(s => 1e9 + Math.Floor(s / 3600))]);
        Assert.Equal(TrendVerdict.Confirmed, report.Verdict);
        Assert.Equal(1.0 / 3600, report.SlopeBytesPerSecond, 1e-5);
        Assert.Contains("B/h", report.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.8e19)]
    [InlineData(-1.8e19)]
    [InlineData(9e15)]
    public void Huge_values_do_not_overflow(double scale)
    {
        double[] noise = new Noise(8).White(300, 0.01);
        TrendReport report = LeakTrend.Analyze(Minutes(300), [.. noise.Select((n, i) => scale * (i / 400.0 + n))]);
        AssertNumbers(report);
        Assert.Equal(scale > 0, report.Verdict >= TrendVerdict.Suspected);
    }

    [Fact]
    public void The_origin_and_the_unit_of_time_do_not_matter()
    {
        Series series = Families.All.Single(family => family.Name == "leak 4 + spikes").Make(new Noise(4), 600);
        TrendReport plain = LeakTrend.Analyze(series.Seconds, series.Bytes);
        TrendReport moved = LeakTrend.Analyze([.. series.Seconds.Select(s => 1_700_000_000 + s * 8)], series.Bytes);
        Assert.Equal(plain.Verdict, moved.Verdict);
        Assert.Equal(plain.SlopeBytesPerSecond / 8, moved.SlopeBytesPerSecond, 1e-9 * plain.SlopeBytesPerSecond);
        Assert.Equal(Series.Slope(series.Seconds, series.Bytes), plain.SlopeBytesPerSecond, 1e-9);
    }

    [Fact]
    public void Irregular_times_change_neither_the_verdict_nor_the_slope()
    {
        Family irregular = Families.All.Single(family => family.Name == "leak 4, irregular times");
        Series series = irregular.Make(new Noise(6), 1152);
        TrendReport report = LeakTrend.Analyze(series.Seconds, series.Bytes);
        Assert.Equal(TrendVerdict.Confirmed, report.Verdict);
        Assert.InRange(report.FloorSlope.BytesPerSecond / series.TrueSlope, 0.8, 1.2);
    }

    [Fact]
    public void The_same_series_gives_the_same_report()
    {
        Series series = Families.All[0].Make(new Noise(7), 700);
        TrendReport first = LeakTrend.Analyze(series.Seconds, series.Bytes);
        TrendReport second = LeakTrend.Analyze(series.Seconds, series.Bytes);
        Assert.Equal(first.Floor, second.Floor);
        Assert.Equal(first with { Floor = [] }, second with { Floor = [] });
    }

    [Fact]
    public void A_million_samples_are_not_copied()
    {
        double[] seconds = Minutes(1_000_000), bytes = new Noise(9).White(1_000_000, 1e6);
        LeakTrend.Analyze(seconds, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        LeakTrend.Analyze(seconds, bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 200_000);
    }

    [Fact]
    public void The_beginning_of_a_leak_is_reported()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            double[] noise = new Noise(seed).White(960, 1);
            double[] bytes = [.. noise.Select((n, i) => Math.Round(1e7 + 1000 * n + 50 * Math.Max(0, i - 480)))];
            TrendReport report = LeakTrend.Analyze(Minutes(960), bytes);
            Assert.True(report.GrowthBeganSeconds is >= 400 * 60 and <= 580 * 60, $"seed {seed}: {report}");
            Assert.Contains("since", report.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_forecast_holds_the_time_at_which_the_limit_is_met()
    {
        int held = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            double[] noise = new Noise(seed).White(600, 1);
            double[] bytes = [.. noise.Select((n, i) => Math.Round(1e7 + 1000 * (n + i / 20.0)))];
            var options = new TrendOptions { LimitBytes = 1e7 + 100_000 };
            TrendReport report = LeakTrend.Analyze(Minutes(600), bytes, options);
            double expected = (1e7 + 100_000 - bytes[^12..].Max()) / (50 / 60.0);
            held += report.TimeToLimit!.EarliestSeconds <= expected
                && expected <= (report.TimeToLimit.LatestSeconds ?? double.PositiveInfinity) ? 1 : 0;
        }
        Assert.InRange(held, 88, 100);
    }

    [Fact]
    public void A_limit_already_met_is_met_at_once_and_none_without_growth()
    {
        var options = new TrendOptions { LimitBytes = 100 };
        double[] growing = [.. Enumerable.Range(0, 100).Select(i => 1000.0 + i)];
        Assert.Equal(new TimeToLimit(0, 0), LeakTrend.Analyze(Minutes(100), growing, options).TimeToLimit);
        Assert.Null(LeakTrend.Analyze(Minutes(100), new double[100], options).TimeToLimit);
        Assert.Null(LeakTrend.Analyze(Minutes(100), growing).TimeToLimit);
    }

    [Fact]
    public void Growth_below_the_practical_floor_is_negligible()
    {
        double[] growing = [.. Enumerable.Range(0, 100).Select(i => 6000.0 * i)];
        var options = new TrendOptions { NegligibleBytesPerSecond = 101 };
        Assert.Equal(TrendVerdict.Negligible, LeakTrend.Analyze(Minutes(100), growing, options).Verdict);
        options = options with { NegligibleBytesPerSecond = 99 };
        Assert.Equal(TrendVerdict.Confirmed, LeakTrend.Analyze(Minutes(100), growing, options).Verdict);
    }

    [Fact]
    public void A_higher_confidence_widens_the_interval()
    {
        Series series = Families.All[0].Make(new Noise(3), 300);
        TrendReport narrow = LeakTrend.Analyze(series.Seconds, series.Bytes, new TrendOptions { Confidence = 0.8 });
        TrendReport wide = LeakTrend.Analyze(series.Seconds, series.Bytes, new TrendOptions { Confidence = 0.99 });
        Assert.True(wide.SlopeLowerBytesPerSecond < narrow.SlopeLowerBytesPerSecond);
        Assert.True(wide.FloorSlope.UpperBytesPerSecond > narrow.FloorSlope.UpperBytesPerSecond);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e30)]
    public void A_value_that_is_no_number_is_named_by_its_index(double bad)
    {
        double[] seconds = Minutes(20), bytes = new double[20];
        bytes[13] = bad;
        Assert.Contains("bytes[13]", Refusal(seconds, bytes), StringComparison.Ordinal);
        (bytes[13], seconds[7]) = (0, bad);
        Assert.Contains("seconds[7]", Refusal(seconds, bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(120)]
    public void A_time_that_does_not_rise_is_named_by_its_index(double time)
    {
        double[] seconds = Minutes(20);
        seconds[6] = time;
        Assert.Contains("seconds[6]", Refusal(seconds, new double[20]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-15)]
    public void Times_that_no_clock_can_reports_apart_are_refused(double step)
    {
        double[] seconds = [.. Enumerable.Range(0, 20).Select(i => i * step)];
        double[] bytes = [.. seconds.Select((_, i) => i * 1e9)];
        Assert.Contains("seconds[19]", Refusal(seconds, bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e-9, 1e15)]
    [InlineData(1e-9, -1e15)]
    [InlineData(1e16, 1)]
    public void Negative_bytes_and_odd_scales_of_time_are_numbers_all_the_same(double step, double bytes)
    {
        double[] seconds = [.. Enumerable.Range(-30, 60).Select(i => i * step)];
        double[] noise = new Noise(9).White(60, 0.1);
        TrendReport report = LeakTrend.Analyze(seconds, [.. noise.Select((n, i) => bytes * (i + n))]);
        AssertNumbers(report);
        Assert.Equal(bytes > 0, report.Verdict >= TrendVerdict.Suspected);
        Assert.DoesNotContain("NaN", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_of_one_sentence_have_one_unit()
    {
        double[] seconds = Minutes(300), noise = new Noise(11).White(300, 1_500_000);
        foreach (double rate in new[] { 0.9, 20, 900, 1_000, 1_040, 5_000, 1_050_000 })
        {
            TrendReport report = LeakTrend.Analyze(
                seconds, [.. seconds.Select((s, i) => 1e9 + s * rate + noise[i] * rate / 1_000)]);
            Assert.True(report.Verdict >= TrendVerdict.Suspected, report.ToString());
            string[] units = [.. System.Text.RegularExpressions.Regex
                .Matches(report.ToString(), "[KMGTPE]?i?B/(s|min|h|d)").Select(match => match.Value)];
            Assert.Equal(3, units.Length);
            Assert.Single(units.Distinct());
        }
    }

    [Fact]
    public void A_leak_under_a_few_days_is_found_with_the_day_given_or_tried()
    {
        const double minute = 60, day = 86_400;
        double[] seconds = [.. Enumerable.Range(0, 4 * 288).Select(i => 5 * minute * i)];
        double[] noise = new Noise(21).White(seconds.Length, 1e5);
        double[] waves = [.. seconds.Select((s, i) => 1e9 + 1e6 * Math.Sin(2 * Math.PI * s / day) + noise[i])];
        double[] leak = [.. waves.Select((bytes, i) => bytes + seconds[i] * 2)];
        foreach (var options in new TrendOptions?[] { null, new() { Period = TimeSpan.FromDays(1) } })
        {
            Assert.Equal(TrendVerdict.Flat, LeakTrend.Analyze(seconds, waves, options).Verdict);
            TrendReport report = LeakTrend.Analyze(seconds, leak, options);
            Assert.True(report.Verdict >= TrendVerdict.Suspected, report.ToString());
            Assert.InRange(2, report.FloorSlope.LowerBytesPerSecond, report.FloorSlope.UpperBytesPerSecond);
            Assert.InRange(report.DetectableBytesPerSecond, 0.1, 2);
        }
        // A period that has fewer cycles in the record than three says nothing.
        Assert.Equal(
            LeakTrend.Analyze(seconds, leak).Verdict,
            LeakTrend.Analyze(seconds, leak, new TrendOptions { Period = TimeSpan.FromDays(1.0000001) }).Verdict);
        AssertNumbers(LeakTrend.Analyze(seconds, leak, new TrendOptions { Period = TimeSpan.FromDays(9) }));
        AssertNumbers(LeakTrend.Analyze(seconds, leak, new TrendOptions { Period = TimeSpan.FromTicks(1) }));
    }

    [Theory]
    [InlineData(20, 19)]
    [InlineData(19, 20)]
    public void Unequal_lengths_are_refused_with_the_first_index_alone(int times, int values) =>
        Assert.Contains("index 19", Refusal(Minutes(times), new double[values]), StringComparison.Ordinal);

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        TrendOptions[] wrong =
        [
            new() { Confidence = 1 }, new() { Confidence = 0.5 }, new() { Confidence = double.NaN },
            new() { FalseAlarmRate = 0 }, new() { FalseAlarmRate = 0.5 }, new() { LimitBytes = double.NaN },
            new() { LimitBytes = -1 }, new() { NegligibleBytesPerSecond = -1 },
            new() { Period = TimeSpan.Zero }, new() { Period = TimeSpan.FromDays(-1) },
        ];
        foreach (TrendOptions options in wrong)
            Assert.Throws<ArgumentOutOfRangeException>(() => LeakTrend.Analyze([], [], options));
    }

    [Fact]
    public void A_short_record_confirms_nothing_whose_interval_includes_0()
    {
        int confirmed = 0;
        foreach (var family in Families.All)
        {
            for (int seed = 0; seed < 40; seed++)
            {
                var series = family.Make(new Noise(7_000 + seed), 81);
                var report = LeakTrend.Analyze(series.Seconds, series.Bytes);
                if (report.Verdict != TrendVerdict.Confirmed)
                    continue;
                confirmed++;
                Assert.True(report.FloorSlope.LowerBytesPerSecond > 0, $"{family}, seed {7_000 + seed}: {report}");
            }
        }
        Assert.True(confirmed > 50, "hardly anything is confirmed");
    }

    [Fact]
    public void Growth_at_an_uneven_pace_is_called_that()
    {
        var report = LeakTrend.Analyze(Minutes(300), Minutes(300)) with
        {
            Verdict = TrendVerdict.Confirmed, FloorSlope = new SlopeInterval(100, -10, 225),
        };
        Assert.StartsWith(
            "Confirmed leak: 100 B/s at an uneven pace, 95 % interval -10 B/s to 225 B/s", report.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_the_growth_is_never_above_100_percent()
    {
        double[] seconds = Minutes(400);
        double[] up = [.. seconds.Select(s => 1000 * s)];
        double[] down = [.. seconds.Select(s => 1e9 - 250 * s)];
        IReadOnlyList<SiteTrend> trends = LeakTrend.Attribute(
            seconds, [new SiteSeries("Mesh.cs:118", up), new SiteSeries("Ui.cs:7", down)]);
        Assert.Equal(
            "Mesh.cs:118 grows by more than the total, as others shrink (1000 B/s)", trends[0].ToString());
        Assert.StartsWith("Ui.cs:7 moves against the total (-250 B/s", trends[1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_slopes_of_the_sites_add_up_to_the_slope_of_all()
    {
        double[] seconds = Minutes(400);
        SiteSeries[] sites = [.. Enumerable.Range(0, 30).Select(
            site => new SiteSeries($"site {site}", new Noise(site).Walk(400, 1e5)))];
        double[] total = [.. seconds.Select((_, i) => sites.Sum(site => site.Bytes.Span[i]))];
        IReadOnlyList<SiteTrend> trends = LeakTrend.Attribute(seconds, sites);
        double slope = LeakTrend.Analyze(seconds, total).SlopeBytesPerSecond;
        double magnitude = trends.Sum(trend => Math.Abs(trend.Trend.SlopeBytesPerSecond));
        Assert.Equal(slope, trends.Sum(trend => trend.Trend.SlopeBytesPerSecond), 1e-12 * magnitude);
        Assert.Equal(1, trends.Sum(trend => trend.Share), 1e-9);
        Assert.Equal(trends.OrderByDescending(trend => trend.Trend.SlopeBytesPerSecond), trends);
    }

    [Fact]
    public void Among_many_quiet_sites_only_the_leaking_one_is_named()
    {
        double[] seconds = Minutes(600);
        var sites = new List<SiteSeries>();
        for (int site = 0; site < 300; site++)
        {
            double[] noise = new Noise(site).White(600, 1e5);
            double slope = site == 137 ? 1000 : 0;
            double[] bytes = [.. noise.Select((n, i) => 1e8 + Math.Round(n + slope * i))];
            sites.Add(new SiteSeries($"site {site}", bytes));
        }
        var eager = new TrendOptions { FalseAlarmRate = 0.05 };
        IReadOnlyList<SiteTrend> trends = LeakTrend.Attribute(seconds, sites, eager);
        Assert.True(trends.Count(trend => trend.Trend.Verdict >= TrendVerdict.Suspected) > 1, "nothing to correct for");
        Assert.Equal("site 137", Assert.Single(trends, trend => trend.Grows).Site);
        Assert.Equal("site 137", trends[0].Site);
    }

    [Fact]
    public void A_site_with_a_bad_value_is_named()
    {
        SiteSeries[] sites = [new("Mesh.cs:118", new double[20]), new("Sound.cs:7", new double[19])];
        ArgumentException error = Assert.Throws<ArgumentException>(() => LeakTrend.Attribute(Minutes(20), sites));
        Assert.Contains("Sound.cs:7", error.Message, StringComparison.Ordinal);
        Assert.Empty(LeakTrend.Attribute(Minutes(20), []));
    }

    private static double[] Minutes(int count) => [.. Enumerable.Range(0, count).Select(i => 60.0 * i)];

    private static string Refusal(double[] seconds, double[] bytes) =>
        Assert.Throws<ArgumentException>(() => LeakTrend.Analyze(seconds, bytes)).Message;

    private static void AssertNumbers(TrendReport report)
    {
        double[] numbers =
        [
            report.SlopeBytesPerSecond, report.SlopeLowerBytesPerSecond, report.SlopeUpperBytesPerSecond,
            report.DetectableBytesPerSecond, report.InterceptBytes, report.EffectiveSampleCount, report.Probability,
            report.FloorSlope.BytesPerSecond, report.FloorSlope.LowerBytesPerSecond,
            report.FloorSlope.UpperBytesPerSecond, report.DoublingRatio ?? 0,
        ];
        Assert.DoesNotContain(numbers, double.IsNaN);
        Assert.True(report.SlopeLowerBytesPerSecond <= report.SlopeBytesPerSecond, report.ToString());
        Assert.True(report.SlopeUpperBytesPerSecond >= report.SlopeBytesPerSecond, report.ToString());
        Assert.True(report.DetectableBytesPerSecond > 0, report.ToString());
    }
}
