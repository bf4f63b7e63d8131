using System.Text;
using System.Text.Json.Nodes;
using Arena.Report.Formats;
using Arena.Report.Model;

namespace Arena.Tests.Report;

/// <summary>Viewers merge entries of one name, so different entries have different names.</summary>
public sealed class SiteNamesTests
{
    private static readonly SiteModel[] Sites =
    [
        Site("src/a/Mesh.cs", 5, ".ctor", null), Site("src/Ui.cs", 5, ".ctor", null),
        Site("src/Ui.cs", 9, "Draw", null), Site("src/Ui.cs", 9, "Draw", "ui"),
        Site("src\\b\\Mesh.cs", 5, ".ctor", null), Site("", 0, "", null),
    ];

    [Fact]
    public void Constructors_of_different_files_have_different_names() => Assert.Equal(
        ["src/a/Mesh.cs..ctor", "Ui..ctor", "Ui.Draw", "Ui.Draw", "src\\b\\Mesh.cs..ctor", "an unknown line"],
        SiteNames.OfMembers(Sites));

    [Fact]
    public void Each_line_under_each_tag_has_a_name_of_its_own() => Assert.Equal(
        [
            "src/a/Mesh.cs:5 (.ctor)", "Ui.cs:5 (.ctor)", "Ui.cs:9 (Draw)", "src/Ui.cs:9 (Draw) [ui]",
            "src\\b\\Mesh.cs:5 (.ctor)", "an unknown line", "Ui.cs:9 (Draw) [ui]", "Ui.cs:9 (Draw) [ui] #2",
        ],
        SiteNames.Of([.. Sites, Site("Ui.cs", 9, "Draw", "ui"), Site("Ui.cs", 9, "Draw", "ui")]));

    [Fact]
    public void A_counter_of_a_trace_is_one_line_under_one_tag()
    {
        var trace = JsonNode.Parse(Render(ReportFormat.Chrome))!["traceEvents"]!.AsArray();
        var counters = trace.Where(e => (string?)e!["ph"] == "C" && e["args"]!["bytes"] is not null)
            .GroupBy(e => (string)e!["name"]!).ToArray();
        Assert.Equal(Sites.Length, counters.Length);
        Assert.All(counters, counter => Assert.Equal(
            counter.Select(e => (double)e!["ts"]!).Distinct().Count(), counter.Count()));
    }

    [Fact]
    public void Pprof_has_a_function_for_each_constructor()
    {
        using var gzip = new System.IO.Compression.GZipStream(
            new MemoryStream(Render(ReportFormat.Pprof)), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(gzip, Encoding.Latin1);
        var profile = reader.ReadToEnd();
        foreach (var name in new[] { "src/a/Mesh.cs..ctor", "Ui..ctor", "src\\b\\Mesh.cs..ctor" })
            Assert.Contains((char)name.Length + name, profile, StringComparison.Ordinal);
        Assert.DoesNotContain("\u0005.ctor", profile, StringComparison.Ordinal);
    }

    [Fact]
    public void Speedscope_has_the_stacks_that_there_are_outermost_first()
    {
        SiteModel[] sites =
        [
            Site("Ui.cs", 9, "Draw", null) with
            {
                LiveBytes = 100,
                Stacks =
                [
                    new StackModel(1, 30, ["Draw", "Frame", "Main"]), new StackModel(1, 50, ["Draw", "Menu", "Main"]),
                ],
            },
            Site("Mesh.cs", 5, ".ctor", null) with { LiveBytes = 7 },
        ];
        var file = JsonNode.Parse(Render(ReportFormat.Speedscope, sites))!;
        string[] names = [.. file["shared"]!["frames"]!.AsArray().Select(frame => (string)frame!["name"]!)];
        var live = file["profiles"]![0]!;
        string[] samples =
        [
            .. live["samples"]!.AsArray().Zip(live["weights"]!.AsArray(), (sample, weight) =>
                $"{string.Join('/', sample!.AsArray().Select(frame => names[(int)frame!]))} {weight}"),
        ];
        Assert.Equal(
            [
                "Main/Frame/Ui.cs:9 (Draw) 30", "Main/Menu/Ui.cs:9 (Draw) 50", "Ui.cs:9 (Draw) 20",
                "Mesh.cs:5 (.ctor) 7",
            ],
            samples);
        Assert.Equal(107, (long)live["endValue"]!);
        Assert.Equal(names.Length, names.Distinct().Count());
    }

    private static byte[] Render(ReportFormat format, SiteModel[]? sites = null) => ReportFile.Render(
        ReportSource.Of(FixedCapture.Make(), "a", new ReportOptions()) with { Sites = sites ?? Sites }, format);

    private static SiteModel Site(string file, int line, string member, string? tag) => new()
    {
        Name = SiteSums.NameOf(new SourceLine(file, line, member)), File = file, Line = line, Member = member,
        Tag = tag,
        LiveBytes = 10, LiveCount = 1, Spark = [1, 2, 3],
    };
}
