using Arena.Diagnostics;
using Arena.Report.Model;

namespace Arena.Tests.Report;

public sealed class ReportModelTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Planted_leaks_are_named_by_the_verdict_with_what_was_never_freed()
    {
        using var game = new PlayedGame(_path);
        game.Play(seconds: 200, leaks: true);
        var model = ReportSource.Read(_path, new ReportOptions());

        Assert.Null(model.Source.Problem);
        Assert.Equal(VerdictLevel.Leak, model.Verdict.Level);
        Assert.Equal((game.WallsLost, 256L * game.WallsLost), (model.Verdict.LeftCount, model.Verdict.LeftBytes));
        var wall = $"100 % by PlayedGame.cs:{game.WallLine} (Step)";
        Assert.Contains(wall, model.Verdict.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain($":{game.TextLine}", model.Verdict.Sentence, StringComparison.Ordinal);
        var site = model.Sites[0];
        Assert.Equal((game.WallLine, true), (site.Line, site.Grows));
        Assert.Equal(3 * 256, site.SlopeBytesPerSecond, tolerance: 1);
        Assert.Equal((20, 220), (model.Source.From, model.Source.To));
    }

    [Fact]
    public void What_was_never_freed_is_a_leak_even_where_time_was_too_short_for_a_trend()
    {
        using var game = new PlayedGame(_path);
        game.Play(seconds: 5, leaks: true);
        var model = ReportSource.Read(_path, new ReportOptions());
        Assert.Equal(TrendVerdict.InsufficientData, model.Trend.Verdict);
        Assert.Equal(VerdictLevel.Leak, model.Verdict.Level);
        Assert.Contains($"100 % by PlayedGame.cs:{game.WallLine}", model.Verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void What_changed_is_reported_from_the_first_mark_to_the_last_and_not_to_what_was_left()
    {
        using var game = new PlayedGame(_path);
        game.Play(seconds: 30, leaks: true);
        var change = ReportSource.Read(_path, new ReportOptions()).Change;
        Assert.NotNull(change);
        Assert.Equal(("steady", "closing"), (change.From, change.To));
        Assert.StartsWith($"PlayedGame.cs:{game.WallLine}", change.Rows[0].Site, StringComparison.Ordinal);
        Assert.Equal((game.WallsLost, 256L * game.WallsLost), (change.Rows[0].Count, change.Rows[0].Bytes));
    }

    [Fact]
    public void Without_leaks_nothing_is_named_and_the_smallest_visible_one_is_reported()
    {
        using var game = new PlayedGame(_path);
        game.Play(seconds: 200, leaks: false);
        var model = ReportSource.Read(_path, new ReportOptions());
        Assert.Equal(VerdictLevel.Good, model.Verdict.Level);
        Assert.Equal(0, model.Verdict.LeftCount);
        Assert.Contains("would not have been found", model.Verdict.Sentence, StringComparison.Ordinal);
        Assert.Contains("nothing was left when it closed", model.Verdict.Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(".cs:", model.Verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Slopes_and_bytes_of_the_sites_add_up_to_those_of_the_whole()
    {
        using var game = new PlayedGame(_path);
        game.Play(seconds: 100, leaks: true);
        var model = ReportSource.Read(_path, new ReportOptions());
        Assert.Equal(
            model.Trend.SlopeBytesPerSecond, model.Sites.Sum(site => site.SlopeBytesPerSecond), tolerance: 1e-6);
        Assert.Equal(1, model.Sites.Sum(site => site.Share), tolerance: 1e-9);
        Assert.Equal(model.Numbers.LiveBytes, model.Sites.Sum(site => site.LiveBytes));
    }

    [Fact]
    public void What_lived_before_the_tracker_is_a_site_so_that_sums_hold()
    {
        var before = FixedCapture.Make();
        var arena = before.Arenas[0] with
        {
            Totals = [.. before.Arenas[0].Totals.Select((each, i) => each with { BeforeBytes = 10_000 - 100 * i })],
        };
        var model = ReportSource.Of(With(before, arena), "x", new ReportOptions());
        var site = model.Sites.Single(each => each.Name == SiteSums.Before);
        Assert.Equal(-10, site.SlopeBytesPerSecond, tolerance: 1e-9);
        Assert.Equal(
            model.Trend.SlopeBytesPerSecond, model.Sites.Sum(each => each.SlopeBytesPerSecond), tolerance: 1e-6);
    }

    [Theory]
    [InlineData(FixedCapture.MarkText, 60)]
    [InlineData("120", 120)]
    public void The_window_begins_at_a_mark_or_at_a_second(string from, double seconds)
    {
        var model = ReportSource.Of(FixedCapture.Make(), "x", new ReportOptions { From = from });
        Assert.Equal(seconds, model.Trend.StartSeconds);
        Assert.Equal(230, model.Trend.EndSeconds);
    }

    [Fact]
    public void A_mark_that_is_not_there_is_refused_with_those_that_are()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => ReportSource.Of(FixedCapture.Make(), "x", new ReportOptions { To = "level 9" }));
        Assert.Contains("no mark 'level 9'; give one of 'level 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_samples_are_no_verdict()
    {
        var model = ReportSource.Of(FixedCapture.Make(), "x", new ReportOptions { From = "150" });
        Assert.Equal(TrendVerdict.InsufficientData, model.Trend.Verdict);
        Assert.Equal(VerdictLevel.Unknown, model.Verdict.Level);
    }

    [Fact]
    public void Samples_that_came_thinner_with_time_are_judged_at_even_distances()
    {
        double[] seconds =
        [
            .. Enumerable.Range(0, 100).Select(i => 1.0 * i), .. Enumerable.Range(0, 50).Select(i => 100 + 2.0 * i),
            .. Enumerable.Range(0, 50).Select(i => 200 + 4.0 * i),
        ];
        var capture = new MemoryCapture
        {
            Seconds = 400,
            SampleSeconds = seconds,
            Sites = [new CaptureSite { File = "A.cs", Line = 1, Bytes = [.. seconds.Select(s => (long)s)] }],
        };
        var window = new Timeline(capture).Window(0, 400);
        var distances = window.Skip(1).Zip(window, (later, earlier) => seconds[later] - seconds[earlier]).ToArray();
        Assert.All(distances, distance => Assert.InRange(distance, 3, 6));
        Assert.InRange(window.Length, 95, 115);
    }

    [Fact]
    public void Without_samples_of_lines_the_totals_are_judged()
    {
        var whole = FixedCapture.Make();
        var capture = new MemoryCapture { Seconds = whole.Seconds, Arenas = whole.Arenas };
        var model = ReportSource.Of(capture, "x", new ReportOptions());
        Assert.Empty(model.Sites);
        Assert.Equal(409.6, model.Trend.SlopeBytesPerSecond, tolerance: 1e-6);
        Assert.Contains(model.Notes, note => note.Contains("names no line", StringComparison.Ordinal));
    }

    [Fact]
    public void A_limit_is_met_at_the_pace_of_the_leak()
    {
        var live = FixedCapture.Make().Sites.Sum(site => site.LiveBytes);
        var model = ReportSource.Of(
            FixedCapture.Make(), "x", new ReportOptions { LimitBytes = live + 409_600 });
        Assert.True(model.Trend.EarliestSecondsToLimit > 0);
        Assert.InRange(1_000, model.Trend.EarliestSecondsToLimit.Value, model.Trend.LatestSecondsToLimit ?? 1e9);
    }

    [Fact]
    public void Errors_that_say_the_same_are_one_with_their_number_and_times()
    {
        var model = ReportSource.Of(FixedCapture.Make(), "x", new ReportOptions());
        var error = model.Events.Single(each => each.Kind == CaptureEventKind.InvalidFree);
        var many = model with
        {
            Events = [.. model.Events, error with { Seconds = 90 }, error with { Seconds = 80, Text = "another" }],
        };
        var groups = ErrorGroup.Of(many);
        Assert.Equal([2, 1], groups.Select(group => group.Count));
        Assert.Equal("2 times, 70 s to 90 s", groups[0].When);
        Assert.Equal("80 s", groups[1].When);
    }

    [Fact]
    public void Two_captures_differ_by_line_whatever_folders_they_were_built_in()
    {
        var earlier = ReportSource.Of(FixedCapture.Make(), "a", new ReportOptions());
        var later = earlier with
        {
            Sites =
            [
                .. earlier.Sites.Select(site => site.Line == 118
                    ? site with
                    {
                        File = "/elsewhere/Mesh.cs", LiveBytes = site.LiveBytes + 77, LiveCount = site.LiveCount + 1,
                    }
                    : site),
            ],
        };
        var diff = DiffModel.Of(earlier, later);
        Assert.Equal(new ChangeRow("Mesh.cs:118 (Load)", null, 1, 77), Assert.Single(diff.Rows));
        Assert.Empty(DiffModel.Of(earlier, earlier).Rows);
    }

    private static MemoryCapture With(MemoryCapture capture, CaptureArena arena) => new()
    {
        Seconds = capture.Seconds,
        SampleSeconds = capture.SampleSeconds,
        Sites = capture.Sites,
        Arenas = [arena],
    };
}
