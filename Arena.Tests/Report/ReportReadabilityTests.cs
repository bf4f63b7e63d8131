using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Arena.Diagnostics;
using Arena.Report.Charts;
using Arena.Report.Elements;
using Arena.Report.Formats;
using Arena.Report.Model;
using Arena.Report.Page;
using Arena.Report.Terminal;
using OxyPlot.Annotations;
using OxyPlot.Axes;

namespace Arena.Tests.Report;

/// <summary>A person reads the page without guessing, at any width and without a mouse.</summary>
public sealed partial class ReportReadabilityTests
{
    [Fact]
    public void A_level_has_its_name_in_the_legend_and_not_across_the_curves()
    {
        var model = Model();
        var frames = FrameChart.Of(model.Frames!);
        Assert.Equal("budget 16.67 ms", frames.Series[^1].Title);
        Assert.Empty(frames.Annotations);
        var limited = model with { Trend = model.Trend with { LimitBytes = 1_200_000 } };
        Assert.Contains(MemoryChart.Of(limited).Series, series => series.Title == "limit 1.14 MiB");
        Assert.All(
            MemoryChart.Of(limited).Annotations,
            each => Assert.Equal(LineAnnotationType.Vertical, ((LineAnnotation)each).Type));
        Assert.Contains("budget 16.67 ms", Section("frames").Descendants("li").Select(item => item.Value));
    }

    [Fact]
    public void An_axis_that_does_not_begin_at_0_says_so()
    {
        var model = Model();
        Assert.Equal("KiB (not from 0)", MemoryChart.Of(model).Axes[1].Title);
        Assert.Contains("The axis of bytes begins at ", Section("trend").Value, StringComparison.Ordinal);

        // From little to much: it begins at 0, and there is nothing to say.
        var rising = model with
        {
            Series = new SeriesModel([0, 230], [100_000, 1_100_000], [0, 0]), Trend = model.Trend,
        };
        Assert.Equal(("KiB", 0), (MemoryChart.Of(rising).Axes[1].Title, MemoryChart.Of(rising).Axes[1].Minimum));
        Assert.Null(MemoryChart.WhereTheAxisBegins(rising));
        Assert.Equal("ms, logarithmic", FrameChart.Of(model.Frames!).Axes.OfType<LogarithmicAxis>().Single().Title);
    }

    [Fact]
    public void Lines_are_advised_to_use_frame_memory_only_if_most_of_what_they_allocate_dies_young()
    {
        var model = Model();
        Assert.Contains("No line frees half", Section("short").Value, StringComparison.Ordinal);
        var young = model with
        {
            Sites = [.. model.Sites.Select(site => site with { ShortLived = site.Allocations / 2 + 1 })],
        };
        Assert.Equal(model.Sites.Count, Section("short", young).Descendants("tbody").Elements().Count());
    }

    [Fact]
    public void A_column_without_any_value_is_left_out()
    {
        Assert.Contains("oldest", Columns(Model()));
        var model = Model();
        var ageless = model with { Sites = [.. model.Sites.Select(site => site with { OldestSeconds = null })] };
        Assert.DoesNotContain("oldest", Columns(ageless));
    }

    [Fact]
    public void What_the_verdict_is_about_stands_in_the_first_columns()
    {
        Assert.Equal(["Line", "slope", "live"], Columns(Model())[..3]);
        var closed = Model() with { Verdict = Model().Verdict with { LeftCount = 1, LeftBytes = 1 } };
        Assert.Equal(["Line", "never freed", "slope", "live"], Columns(closed)[..4]);
    }

    [Fact]
    public void Refusals_add_up()
    {
        var model = Model();
        var numbers = model.Numbers with { InvalidFrees = 5, OutOfMemory = 1, OtherRefusals = 2 };
        Assert.Contains(
            "Refused85 bad frees, 1 out of memory, 2 other calls", Section("numbers", model with { Numbers = numbers })
                .Value, StringComparison.Ordinal);
        numbers = numbers with { InvalidFrees = 1, OutOfMemory = 0, OtherRefusals = 0 };
        Assert.Contains(
            "Refused11 bad free", Section("numbers", model with { Numbers = numbers }).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_are_no_table_so_that_their_messages_have_the_width_of_the_page()
    {
        var errors = Section("errors");
        Assert.Empty(errors.Descendants("table"));
        var error = Assert.Single(errors.Descendants("li"));
        Assert.Contains("double free of 0x10", error.Element("div")!.Value, StringComparison.Ordinal);
        Assert.Equal("at A\nat B", error.Descendants("pre").Single().Value);
    }

    [Fact]
    public void Start_and_len_of_every_stretch_can_be_read_without_a_pointer()
    {
        var model = Model();
        var table = Section("map").Descendants("details").First();
        var cells = model.Maps.Single().Cells;
        Assert.Equal($"START and LEN of {cells.Count} stretches", table.Element("summary")!.Value);
        Assert.Equal(
            cells.Select(cell => Units.Address(cell.Start) + Units.Count(cell.Bytes)),
            table.Descendants("tbody").Elements().Select(
                row => string.Concat(row.Elements().Take(2).Select(cell => cell.Value))));
    }

    [Fact]
    public void A_map_keeps_the_height_of_its_rows_on_a_narrow_page()
    {
        var map = Section("map").Descendants("svg").Single(each => each.Attribute("class")!.Value == "map");
        Assert.Equal("none", map.Attribute("preserveAspectRatio")!.Value);
        var rows = int.Parse(RowsOf().Match(map.Attribute("viewBox")!.Value).Groups[1].Value, provider: null) / 10;
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"--rows:{rows}"), map.Attribute("style")!.Value);
        Assert.Contains("height: calc(var(--rows)", Style(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_is_too_wide_keeps_its_first_column_and_shows_that_it_goes_on()
    {
        Assert.Contains("th:first-child { position: sticky; left: 0;", Style(), StringComparison.Ordinal);
        Assert.Contains("var(--shade), transparent) right", Style(), StringComparison.Ordinal);
    }

    [Fact]
    public void Facts_have_units_and_times_of_the_page()
    {
        var model = Model();
        var facts = new Dictionary<string, string>
        {
            ["page bytes"] = "16384", ["interval ms"] = "50", ["started"] = "2026-03-14T15:09:26.0000000+00:00",
        };
        var page = Section("method", model with { Source = model.Source with { Facts = facts } }).Value;
        foreach (var text in new[] { "page16 KiB", "interval50 ms", "started2026-03-14 15:09:26 UTC" })
            Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.Contains("verdictconfirmed", Section("trend").Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_names_and_values_has_no_headings()
    {
        Assert.Empty(Section("trend").Descendants("thead"));
        Assert.Empty(Section("method").Descendants("thead"));
        Assert.NotEmpty(Section("sites").Descendants("thead"));
    }

    [Fact]
    public void Negative_sizes_have_a_minus_and_names_keep_their_hyphens() => Assert.Equal(
        "\u221237 B/h to \u22121.5 KiB in level-7 B, 3-4 B, -x, -5 lines",
        Html.Paragraph("-37 B/h to -1.5 KiB in level-7 B, 3-4 B, -x, -5 lines").Value);

    [Fact]
    public void The_pace_of_the_verdict_and_the_slope_of_all_samples_are_told_apart_in_every_format()
    {
        var model = Model();
        model = model with { Trend = model.Trend with { SlopeBytesPerSecond = 10, FloorBytesPerSecond = 20 } };
        Assert.Contains(
            "slope of all samples 10 B/s, of the floor's last stretch 20 B/s;",
            TerminalView.AsText(TerminalView.Of(model), 120), StringComparison.Ordinal);
        var markdown = MarkdownFormat.Of(model);
        Assert.Contains(
            "| slope of all samples | slope of the floor's last stretch |", markdown, StringComparison.Ordinal);
        Assert.Contains("| 10 B/s | 20 B/s |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_left_has_an_age_although_its_tracker_was_disposed_before_the_capture()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var capture = CaptureWriter.Start(path, new CaptureOptions { Interval = TimeSpan.FromMinutes(1) }))
            {
                using var arena = new PageArena("level");
                using var tracker = LeakTracker.Attach(arena);
                capture.Add(tracker);
                _ = arena.Allocate(4_096);
            }
            var site = MemoryCapture.Read(path).Sites.Single(each => each.LiveBytes > 0);
            Assert.NotNull(site.OldestSeconds);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static ReportModel Model() => ReportSource.Of(FixedCapture.Make(), "fixed.arena", new ReportOptions());

    private static XElement Page(ReportModel model) =>
        XDocument.Parse(Encoding.UTF8.GetString(ReportPage.Of(model))).Root!;

    private static XElement Section(string id, ReportModel? model = null) => Page(model ?? Model())
        .Descendants("section").Single(each => each.Attribute("id")!.Value == id);

    private static string[] Columns(ReportModel model) =>
        [.. Section("sites", model).Descendants("thead").First().Descendants("th").Select(each => each.Value)];

    private static string Style() => Page(Model()).Descendants("style").Single().Value;

    [GeneratedRegex(@" (\d+)$")]
    private static partial Regex RowsOf();
}
