using System.Text;
using System.Xml.Linq;
using GameLoop;
using GameLoop.Backends;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Output;
using GameLoop.Racing;

namespace Arena.Tests.Samples;

public sealed class GameReportTests : IDisposable
{
    private static readonly RunOptions Options = new()
    {
        Backends = [Backend.Arena, Backend.Gc],
        Frames = 1_000,
        Entities = 77,
        Threads = 1,
        Sectors = 3,
        Seed = 41,
        LeakRate = 0.25,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gameloop");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_page_reports_the_checksum_the_settings_and_every_leaking_line()
    {
        var leaks = new LeakTally(
            5, 320, [new LeakPlace("Games/A<b>&\"c\".cs", 113, 4, 256), new LeakPlace("D.cs", 7, 1, 64)]);
        var page = Page(Run("arena", leaks, [1_000_000]), Run("gc", new LeakTally(5, 320, []), [2_000_000]));
        string[] cells = [.. page.Descendants("td").Select(cell => cell.Value)];

        Assert.Equal(2, cells.Count(cell => cell == "0123456789abcdef"));
        const string settings = "1000 frames, 77 entities, 3 sectors, seed 41, leak rate 0.25";
        Assert.Contains(settings, page.Descendants("p").Select(paragraph => paragraph.Value));
        string[] sites = ["A<b>&\"c\".cs", "113", "4", "256 B", "D.cs", "7", "1", "64 B"];
        Assert.Equal(sites, cells[^8..]);
        Assert.Contains("gc: 5 allocations, 320 B, were never freed; nothing", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_asks_for_nothing_from_elsewhere_and_closes_what_a_browser_wants_closed()
    {
        var run = Run("arena", new LeakTally(0, 0, []), [1_000_000]);
        var text = Encoding.UTF8.GetString(HtmlReport.Of(Options, new RaceResult([run], [])));
        Assert.StartsWith("<!DOCTYPE html", text, StringComparison.Ordinal);
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", text, StringComparison.Ordinal);

        var page = XDocument.Parse(text);
        Assert.DoesNotContain(page.Descendants().Attributes(), each => each.Name.LocalName is "src" or "href");
        string[] mayBeEmpty = ["meta", "path", "line"];
        Assert.DoesNotContain(
            page.Descendants(), element => element.IsEmpty && !mayBeEmpty.Contains(element.Name.LocalName));
        Assert.DoesNotContain('&', page.Descendants("style").Single().Value);
        Assert.DoesNotContain('<', page.Descendants("style").Single().Value);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(1_000, 240)]
    public void A_strip_has_a_bar_a_frame_while_there_is_room(int frames, int bars)
    {
        var times = Enumerable.Range(0, frames).Select(frame => frame * 50_000L).ToArray();
        var page = Page(Run("arena", new LeakTally(0, 0, []), times));
        var path = page.Descendants("path").Single().Attribute("d")?.Value ?? "";
        Assert.Equal(bars, path.Count(c => c == 'M'));
        Assert.DoesNotContain("NaN", path, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", path, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_a_strip_fit_left_of_it_where_a_narrow_page_doubles_them()
    {
        const double widthOfLetter = 0.6 * 22;
        var times = new[] { 1_000L, 900_000_000L };
        var labels = Page(Run("arena", new LeakTally(0, 0, []), times)).Descendants("text").ToArray();
        Assert.Equal("1000", labels[^1].Value);
        Assert.All(labels, label => Assert.InRange(
            label.Value.Length * widthOfLetter, 0, double.Parse(label.Attribute("x")!.Value, provider: null)));
        // The highest one is not cut off either; letters reach three quarters of their size above their line.
        var top = double.Parse(
            labels[^1].Ancestors("svg").Single().Attribute("viewBox")!.Value.Split(' ')[1], provider: null);
        Assert.True(double.Parse(labels[^1].Attribute("y")!.Value, provider: null) - 0.75 * 22 >= top);
    }

    [Fact]
    public void A_slower_frame_is_higher_and_stays_in_the_picture()
    {
        MeasuredRun[] runs = [Run("arena", new LeakTally(0, 0, []), [200_000, 30_000_000])];
        var scale = new FrameStripScale(runs);
        Assert.InRange(scale.Y(30), 0, scale.Y(0.2));
        Assert.InRange(scale.Y(0.2), scale.Y(30), FrameStripScale.Height);
        Assert.Equal([0.1, 1, 10, 100], scale.Decades);
        Assert.Equal("limit", Page(runs).Descendants("line").Last().Attribute("class")?.Value);
    }

    [Fact]
    public void The_program_writes_the_page_and_leaves_nothing_else()
    {
        var path = Path.Combine(_folder.FullName, "result.html");
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] arguments =
        [
            "--backend", "arena", "--frames", "60", "--entities", "500", "--seed", "7", "--leak", "1", "--report", path,
        ];
        Assert.Equal(ExitCode.LeaksFound, CommandLine.Run(arguments, output, error));
        Assert.Equal("", error.ToString());
        Assert.Single(_folder.GetFileSystemInfos());

        var page = XDocument.Parse(File.ReadAllText(path));
        string[] cells = [.. page.Descendants("td").Select(cell => cell.Value)];
        Assert.Contains(cells, cell => cell.EndsWith("ArenaWorld.Step.cs", StringComparison.Ordinal));
        var checksum = cells[Array.IndexOf(cells, "checksum") + 1];
        Assert.Contains(checksum, output.ToString(), StringComparison.Ordinal);
    }

    private static XElement Page(params MeasuredRun[] runs) =>
        XDocument.Parse(Encoding.UTF8.GetString(HtmlReport.Of(Options, new RaceResult(runs, [])))).Root
            ?? throw new InvalidDataException("The page is empty.");

    private static MeasuredRun Run(string backend, LeakTally leaks, long[] frameNanoseconds) => new(
        new BackendRun
        {
            Backend = backend,
            Frames = frameNanoseconds.Length,
            Entities = 77,
            Checksum = "0123456789abcdef",
            FramesPlayed = frameNanoseconds.Length,
            FrameMs = FrameTimes.Of(frameNanoseconds),
            CpuMs = null,
            Allocations = 10,
            ManagedBytesPerFrame = 0,
            Gen0 = 0,
            Gen1 = 0,
            Gen2 = 0,
            GcPauseMs = 0,
            PeakRssBytes = 0,
            WorldBytes = 0,
            Leaks = leaks,
        },
        [new Slice(frameNanoseconds, [], 0)]);
}
