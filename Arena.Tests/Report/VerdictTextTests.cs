using Arena.Diagnostics;
using Arena.Report.Model;

namespace Arena.Tests.Report;

/// <summary>The sentence of the finding: what it must say, and what it must not.</summary>
public sealed class VerdictTextTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_share_of_the_growth_is_never_above_all_of_it()
    {
        var model = Of(Rising("A.cs", 3_000), Rising("B.cs", -1_000));
        Assert.Equal(1.5, model.Sites[0].Share, tolerance: 1e-6);
        Assert.Equal([1, 0], model.Sites.Select(site => site.GrowthShare));
        Assert.Contains(
            "100 % of the growth is A.cs:1, while other lines shrink by ", model.Verdict.Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_that_grow_too_little_to_be_named_leave_no_empty_part()
    {
        // Two hundred lines, each with half a percent of the growth.
        var model = Of([.. Enumerable.Range(0, 200).Select(i => Rising($"L{i}.cs", 100))]);
        Assert.All(model.Sites, site => Assert.True(site.Grows));
        Assert.Equal(VerdictLevel.Leak, model.Verdict.Level);
        Assert.Matches(@"^Confirmed leak: [^;]*\.$", model.Verdict.Sentence);
    }

    [Fact]
    public void A_capture_that_breaks_off_before_any_growth_is_not_called_free_of_leaks()
    {
        var whole = Capture(100, Rising("A.cs", 0));
        var half = ReportSource.Of(
            new MemoryCapture
            {
                Problem = "it was not ended",
                Seconds = whole.Seconds,
                SampleSeconds = whole.SampleSeconds,
                Sites = whole.Sites,
                Arenas = [new CaptureArena { Name = "level" }],
            },
            "half", new ReportOptions());
        Assert.Equal((VerdictLevel.Unknown, (long?)null), (half.Verdict.Level, half.Verdict.LeftCount));
        Assert.StartsWith(
            "Not known whether it leaks: the file ends before the game does; 12 allocations, 11.7 KiB, were alive at "
            + "99 s, 100 % by A.cs:1; the trend up to there shows no leak; a leak below ",
            half.Verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_capture_that_breaks_off_while_the_game_closes_calls_nothing_never_freed()
    {
        using (var game = new PlayedGame(_path))
            game.Play(seconds: 30, leaks: false);
        // The last chunk is the end; before it, memory is freed.
        var file = File.ReadAllBytes(_path);
        var cut = ReportSource.Of(MemoryCapture.Parse(file.AsSpan(0, file.Length - 1), "cut"), "cut", new());
        Assert.Equal(50, cut.Source.To);
        Assert.Null(cut.Verdict.LeftCount);
        Assert.DoesNotContain("never freed", cut.Verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_alive_without_a_mark_for_the_closing_is_said_where_nothing_grows()
    {
        var model = Of(Rising("A.cs", 0));
        Assert.Equal(VerdictLevel.Good, model.Verdict.Level);
        Assert.EndsWith(
            "; 12 allocations, 11.7 KiB, were alive at the end, 100 % by A.cs:1.", model.Verdict.Sentence,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "1 sample; ")]
    [InlineData(2, "2 samples; ")]
    public void One_of_a_thing_is_not_several(int samples, string text) => Assert.Contains(
        text, Of(samples, Rising("A.cs", 0)).Verdict.Sentence, StringComparison.Ordinal);

    [Theory]
    [InlineData("300", null, "--from 300 lies behind the capture, which ends at")]
    [InlineData("50", "20", "The window is empty: it begins at 50 s and ends at 20 s")]
    [InlineData("20", "20", "The window is empty")]
    [InlineData("50", "early", "The window is empty")]
    [InlineData("30.2", "30.7", "The window is empty: no sample was taken from 30.2 s to 30.7 s; ")]
    [InlineData("-5", "-1", "--from -5 lies before the capture, which begins at 0 s; ")]
    [InlineData("0", "-1", "--to -1 lies before the capture, which begins at 0 s; ")]
    public void A_window_that_holds_nothing_is_refused(string from, string? to, string why)
    {
        var options = new ReportOptions { From = from, To = to };
        var error = Assert.Throws<InvalidDataException>(() => ReportSource.Of(Marked("early", 10), "x", options));
        Assert.StartsWith(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Usual_marks_that_are_out_of_order_do_not_count()
    {
        var model = ReportSource.Of(Marked("steady", 50), "x", new ReportOptions { To = "20" });
        Assert.Equal((0, 20), (model.Source.From, model.Source.To));
    }

    [Fact]
    public void What_is_freed_while_the_game_closes_is_in_no_window()
    {
        using (var game = new PlayedGame(_path))
            game.Play(seconds: 30, leaks: true);
        var whole = Played(new());
        foreach (var options in new ReportOptions[] { new() { At = 50.5 }, new() { At = 51 }, new() { To = "50.9" } })
        {
            var model = Played(options);
            Assert.Equal((20, 50), (model.Source.From, model.Source.To));
            Assert.Equal((VerdictLevel.Leak, 90L), (model.Verdict.Level, model.Verdict.LeftCount));
            Assert.Equal(whole.Verdict.Sentence, model.Verdict.Sentence);
        }
        var error = Assert.Throws<InvalidDataException>(() => Played(new() { From = "50.5" }));
        Assert.StartsWith(
            "--from 50.5 lies behind the mark 'closing' at 50 s, ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_moment_before_the_end_leaves_open_what_is_freed_later_unless_all_is()
    {
        var then = ReportSource.Of(Capture(100, Rising("A.cs", 0)), "x", new ReportOptions { At = 50 });
        Assert.Equal(VerdictLevel.Unknown, then.Verdict.Level);
        Assert.StartsWith(
            "Not known whether it leaks: the game went on after 50 s; 12 allocations, 11.7 KiB, were alive at 50 s, ",
            then.Verdict.Sentence, StringComparison.Ordinal);
        using (var game = new PlayedGame(_path))
            game.Play(seconds: 100, leaks: false);
        var freed = Played(new ReportOptions { At = 110 });
        Assert.Equal(VerdictLevel.Good, freed.Verdict.Level);
        Assert.Contains("were alive at 110 s, and all was freed later, ", freed.Verdict.Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_in_which_half_of_what_is_alive_could_leak_unseen_is_too_short_to_tell()
    {
        var random = new Random(3);
        var model = Of(12, samples =>
        {
            long[] bytes = [.. Enumerable.Range(0, samples).Select(_ => 10_000L + random.Next(10_000))];
            return new CaptureSite
            {
                File = "A.cs", Line = 1, Bytes = bytes, Counts = [.. bytes.Select(_ => 9L)], LiveBytes = bytes[^1],
                LiveCount = 9,
            };
        });
        Assert.NotEqual(TrendVerdict.InsufficientData, model.Trend.Verdict);
        Assert.Equal(VerdictLevel.Unknown, model.Verdict.Level);
        Assert.StartsWith(
            "Not known whether it leaks: the window is too short for a finding; 9 allocations, ",
            model.Verdict.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_lines_are_those_at_the_end_of_a_window_that_ends_early()
    {
        var model = ReportSource.Of(Capture(100, Rising("A.cs", 1_000)), "x", new ReportOptions { To = "50" });
        Assert.Equal(1_000_000 + 50 * 1_000, model.Sites.Single().LiveBytes);
    }

    private ReportModel Played(ReportOptions options) => ReportSource.Read(_path, options);

    private static ReportModel Of(params Func<int, CaptureSite>[] sites) => Of(100, sites);

    private static ReportModel Of(int samples, params Func<int, CaptureSite>[] sites) =>
        ReportSource.Of(Capture(samples, sites), "x", new ReportOptions());

    private static MemoryCapture Marked(string name, double seconds)
    {
        var capture = Capture(100, Rising("A.cs", 0));
        return new MemoryCapture
        {
            IsEnded = true,
            Seconds = capture.Seconds,
            SampleSeconds = capture.SampleSeconds,
            Sites = capture.Sites,
            Events = [new CaptureEvent(CaptureEventKind.Mark, seconds, -1, 0, name, "")],
        };
    }

    private static MemoryCapture Capture(int samples, params Func<int, CaptureSite>[] sites) => new()
    {
        IsEnded = true,
        Seconds = samples - 1,
        SampleSeconds = [.. Enumerable.Range(0, samples).Select(i => (double)i)],
        Sites = [.. sites.Select(site => site(samples))],
    };

    // A line of a steady slope; a flat one has a little that goes up and down.
    private static Func<int, CaptureSite> Rising(string file, long bytesPerSecond) => samples =>
    {
        long[] bytes =
        [
            .. Enumerable.Range(0, samples).Select(
                i => bytesPerSecond == 0 ? 12_000 + i % 2 * 10L : 1_000_000 + i * bytesPerSecond),
        ];
        return new CaptureSite
        {
            File = file, Line = 1, Bytes = bytes, Counts = [.. bytes.Select(_ => 12L)], LiveBytes = bytes[^1],
            LiveCount = 12,
        };
    };
}
