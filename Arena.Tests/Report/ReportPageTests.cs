using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Arena.Report.Model;
using Arena.Report.Page;

namespace Arena.Tests.Report;

public sealed partial class ReportPageTests
{
    private static readonly string Text = Encoding.UTF8.GetString(ReportPage.Of(Model()));

    private static readonly XElement Page = XDocument.Parse(Text).Root!;

    [Fact]
    public void Sections_come_in_the_order_in_which_a_person_asks()
    {
        string[] ids = [.. Page.Descendants("section").Select(section => section.Attribute("id")!.Value)];
        Assert.Equal(
            [
                "numbers", "trend", "sites", "map", "compaction", "change", "frames", "budgets", "short", "errors",
                "method",
            ],
            ids);
        var verdict = Page.Descendants("p").First();
        Assert.StartsWith("verdict", verdict.Attribute("class")!.Value, StringComparison.Ordinal);
        Assert.Contains("Mesh.cs:118 (Load)", verdict.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_a_capture_stay_texts()
    {
        Assert.DoesNotContain("<script", Text, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(Page.Descendants("script"));
        Assert.Contains(Page.Descendants("th"), cell => cell.Value.StartsWith(
            FixedCapture.Evil.Split('/')[^1] + ":1", StringComparison.Ordinal));
        Assert.Contains(
            Page.Descendants("pre"), pre => pre.Value.Contains(FixedCapture.Evil, StringComparison.Ordinal));
        // A null and half of a pair can be in no document; an entity is no entity.
        Assert.Contains("&amp;\uFFFD\uFFFD", Page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Page.DescendantsAndSelf().Attributes(),
            each => each.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Nothing_is_asked_for_from_elsewhere()
    {
        Assert.DoesNotContain("://", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", Text, StringComparison.Ordinal);
        string[] asking = ["src", "srcset", "action", "data", "poster", "background"];
        Assert.DoesNotContain(Page.Descendants().Attributes(), each => asking.Contains(each.Name.LocalName));
        Assert.DoesNotContain(
            Page.Descendants(), each => each.Name.LocalName is "link" or "iframe" or "img" or "object");
        var links = Page.Descendants().Attributes("href").Select(link => link.Value);
        Assert.Equal(links, Page.Descendants("section").Attributes("id").Select(id => "#" + id.Value));
        Assert.All(Url().Matches(Text).Select(match => match.Value), url => Assert.StartsWith("url(#", url));
    }

    [Fact]
    public void A_browser_reads_the_same_elements_as_an_xml_reader()
    {
        Assert.StartsWith("<!DOCTYPE html>", Text, StringComparison.Ordinal);
        // Elsewhere than in a picture, <td /> would be read as open.
        Assert.DoesNotContain(
            Page.DescendantsAndSelf(),
            each => each.IsEmpty && each.Name.LocalName != "meta" && !each.Ancestors("svg").Any());
        var style = Page.Descendants("style").Single().Value;
        Assert.DoesNotContain(style, c => c is '<' or '>' or '&');
        Assert.Contains("prefers-color-scheme: dark", style, StringComparison.Ordinal);
    }

    [Fact]
    public void Identifiers_are_there_once_and_pictures_have_words()
    {
        string[] ids = [.. Page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(
            Page.Descendants("svg"),
            picture => Assert.NotNull(picture.Attribute("aria-label") ?? picture.Attribute("aria-hidden")));
        Assert.All(Page.Descendants("svg"), picture => Assert.NotNull(picture.Attribute("viewBox")));
        Assert.DoesNotContain("NaN", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_of_charts_follow_the_scheme_of_the_page()
    {
        var charts = Page.Descendants("svg")
            .Where(each => each.Attribute("class")!.Value.StartsWith("chart", StringComparison.Ordinal))
            .ToArray();
        Assert.Equal(4, charts.Length);
        foreach (var style in charts.Descendants().Attributes("style").Select(each => each.Value))
            Assert.DoesNotContain("rgb(", style, StringComparison.Ordinal);
    }

    [Fact]
    public void Attributes_of_pictures_have_values_that_there_are()
    {
        string[] baselines =
        [
            "auto", "text-bottom", "alphabetic", "ideographic", "middle", "central", "mathematical", "hanging",
            "text-top",
        ];
        Assert.All(Page.Descendants().Attributes("dominant-baseline"), each => Assert.Contains(each.Value, baselines));
        Assert.All(
            Page.Descendants().Attributes("text-anchor"),
            each => Assert.True(each.Value is "start" or "middle" or "end", each.Value));
        Assert.DoesNotContain("baseline:baseline", Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_wide_scrolls_and_can_be_reached_by_keys()
    {
        Assert.All(Page.Descendants("table"), table =>
        {
            Assert.Equal("scroll", table.Parent!.Attribute("class")!.Value);
            Assert.Equal("0", table.Parent.Attribute("tabindex")!.Value);
        });
    }

    [Fact]
    public void Start_and_len_are_on_every_stretch_of_the_map()
    {
        var map = Page.Descendants("svg").Single(each => each.Attribute("class")!.Value == "map");
        Assert.All(map.Elements(), cell => Assert.Matches("^START 0x[0-9a-f]{12} LEN [0-9,]+ ", cell.Value));
        Assert.Contains(map.Elements(), cell => cell.Value.EndsWith(": hole", StringComparison.Ordinal));
    }

    [Fact]
    public void Stretches_of_the_map_follow_each_other_in_rows_without_gap_or_overlap()
    {
        const int columns = 120, width = 8, rowHeight = 10;
        var map = Page.Descendants("svg").Single(each => each.Attribute("class")!.Value == "map");
        var next = 0;
        foreach (Match part in Rectangle().Matches(string.Concat(map.Elements().Attributes("d").Select(d => d.Value))))
        {
            int[] numbers = [.. part.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, provider: null))];
            Assert.Equal((next % columns * width, next / columns * rowHeight), (numbers[0], numbers[1]));
            next += numbers[2] / width;
        }
        Assert.Equal(Model().Maps.Single().Cells.Sum(cell => cell.Places), next);
        Assert.True(next > 2 * columns, $"{next} places are no test");
    }

    [Fact]
    public void What_is_missing_of_a_file_stands_on_top()
    {
        var model = ReportSource.Of(FixedCapture.Make("it was cut off <here>"), "x", new ReportOptions());
        var page = XDocument.Parse(Encoding.UTF8.GetString(ReportPage.Of(model))).Root!;
        Assert.Equal(
            "The file is not complete: it was cut off <here>",
            page.Descendants("p").Single(each => each.Attribute("class")?.Value == "problem").Value);
    }

    [Fact]
    public void A_page_of_nothing_but_totals_is_a_page()
    {
        var whole = FixedCapture.Make();
        var bare = new Arena.Diagnostics.MemoryCapture { Arenas = [whole.Arenas[0] with { Totals = [], Frames = [] }] };
        var page = XDocument.Parse(
            Encoding.UTF8.GetString(ReportPage.Of(ReportSource.Of(bare, "x", new ReportOptions())))).Root!;
        Assert.Contains("NOT KNOWN", page.Value, StringComparison.Ordinal);
    }

    private static ReportModel Model() => ReportSource.Of(FixedCapture.Make(), "fixed.arena", new ReportOptions());

    [GeneratedRegex(@"M(\d+) (\d+)h(\d+)")]
    private static partial Regex Rectangle();

    [GeneratedRegex(@"url\([^)]*")]
    private static partial Regex Url();
}
