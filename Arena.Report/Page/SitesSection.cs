using System.Xml.Linq;
using Arena.Report.Charts;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The lines of source that hold the memory, and those that make it grow.</summary>
internal static class SitesSection
{
    private const int Prominent = 25;
    private const int Most = 1_000;

    public static PageSection Of(ReportModel model)
    {
        if (model.Sites.Count == 0)
            return new PageSection("sites", "By line of source", Html.Paragraph("No line of source is known."));
        var sites = model.Sites.Where(Matters).ToArray();
        var rest = sites.Skip(Prominent).Take(Most - Prominent).ToArray();
        return new PageSection(
            "sites",
            "By line of source",
            Html.Note(
                "Lines that are shown to grow come first. Slopes add up to that of the whole; a share is of that "
                + "slope. “Grows” is corrected for the number of lines."),
            Table("Lines of source", sites.Take(Prominent), model),
            rest.Length == 0 ? null : Html.Details(
                $"{Units.Count(rest.Length)} more lines", Table("More lines of source", rest, model)),
            sites.Length > Most ? Html.Note($"{Units.Count(sites.Length - Most)} more are in the JSON.") : null,
            sites.Where(site => site.Stacks.Count > 0).Take(Prominent).Select(Stacks).ToArray<object?>());
    }

    /// <summary>Returns the name of a site in tables, with its folders on hover.</summary>
    public static object Name(SiteModel site) => Html.Element(
        "span",
        site.File.Length == 0 ? null : new XAttribute("title", Printable.Line(site.File)),
        Name(site.Name, site.Tag));

    /// <summary>A site's name and tag; file and line stay together where a column is narrow.</summary>
    public static object?[] Name(string name, string? tag)
    {
        var end = name.IndexOf(" (", StringComparison.Ordinal);
        return
        [
            end <= 0 ? name : Html.Element("span", Html.Class("at"), name[..end]),
            end <= 0 ? null : name[end..],
            tag is null ? null : Html.Element("span", Html.Class("tag"), $" [{tag}]"),
        ];
    }

    private static bool Matters(SiteModel site) =>
        site.LiveBytes > 0 || site.Grows || site.LeftBytes > 0 || site.Spark.Any(bytes => bytes > 0);

    private static XElement Table(string caption, IEnumerable<SiteModel> sites, ReportModel model)
    {
        var isClosed = model.Verdict.LeftCount is not null;
        string[] columns =
        [
            "<Line", "live", "count", .. isClosed ? (string[])["never freed"] : [], "slope", "share", "grows",
            "oldest", "allocated", "<over time",
        ];
        var table = new HtmlTable(caption, columns);
        foreach (var site in sites)
        {
            object?[] left = isClosed ? [site.LeftBytes > 0 ? Units.Bytes(site.LeftBytes.Value) : "–"] : [];
            table.Add(
            [
                Name(site),
                Units.Bytes(site.LiveBytes)
                    + (site.LiveBytesError > 0 ? $" ± {Units.Bytes(site.LiveBytesError)}" : ""),
                Units.Count(site.LiveCount),
                .. left,
                Units.Rate(site.SlopeBytesPerSecond),
                Units.Percent(site.Share),
                site.Grows ? "yes" : "–",
                site.OldestSeconds is { } age ? Units.Duration(age) : "–",
                Units.Count(site.Allocations),
                Sparkline.Of(site.Spark, $"{site.Name} over time"),
            ]);
        }
        return table.ToElement();
    }

    private static XElement Stacks(SiteModel site) => Html.Details(
        $"Stacks of {site.Name}",
        site.Stacks.Select(stack => Html.Element(
            "div",
            Html.Paragraph($"{Units.Count(stack.Count)} allocations, {Units.Bytes(stack.Bytes)}"),
            Html.Element("pre", string.Join('\n', stack.Frames)))).ToArray<object?>());
}
