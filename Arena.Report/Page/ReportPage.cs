using System.Xml.Linq;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>
/// The report as one page that needs nothing else: no network, no script. It is well-formed XML, too.
/// </summary>
internal static class ReportPage
{
    /// <summary>Renders the page.</summary>
    /// <param name="model">The model of the report.</param>
    /// <param name="more">Sections of the caller's own, after the others.</param>
    /// <param name="moreStyle">Styles of these, without the characters for less, greater and ampersand.</param>
    public static byte[] Of(ReportModel model, IReadOnlyList<PageSection>? more = null, string moreStyle = "")
    {
        PageSection?[] sections =
        [
            NumbersSection.Of(model), TrendSection.Of(model), SitesSection.Of(model), MapsSection.Of(model),
            CompactionSection.Of(model), ChangeSection.Of(model), FramesSection.Of(model), TagsSection.Of(model),
            ShortLivedSection.Of(model), EventsSection.Of(model), MethodSection.Of(model),
        ];
        return PageShell.Of(
            $"Memory report: {model.Source.File}", Finding(model), [.. sections.OfType<PageSection>(), .. more ?? []],
            moreStyle);
    }

    /// <summary>Renders a comparison of two captures.</summary>
    public static byte[] Of(DiffModel diff) => PageShell.Of(
        $"Memory report: {diff.Earlier} and {diff.Later}",
        [Html.Element("p", Html.Class("verdict"), diff.Sentence)],
        [
            new PageSection("change", "What changed", diff.Rows.Count == 0
                ? Html.Paragraph("Nothing.") : ChangeSection.Table(diff.Rows).ToElement()),
            new PageSection("trend", "Trend", Html.Paragraph(
                $"All samples rise by {Units.Rate(diff.EarlierSlopeBytesPerSecond)} in {diff.Earlier} and by "
                + $"{Units.Rate(diff.LaterSlopeBytesPerSecond)} in {diff.Later}.")),
        ]);

    private static XElement[] Finding(ReportModel model)
    {
        var verdict = Html.Element(
            "p",
            Html.Class("verdict " + model.Verdict.Level.ToString().ToLowerInvariant()),
            Html.Element("strong", Word(model.Verdict.Level)),
            model.Verdict.Sentence);
        return model.Source.Problem is { } problem
            ? [verdict, Html.Element("p", Html.Class("problem"), "The file is not complete: " + problem)]
            : [verdict];
    }

    private static string Word(VerdictLevel level) => level switch
    {
        VerdictLevel.Leak => "LEAK",
        VerdictLevel.Suspect => "SUSPECTED",
        VerdictLevel.Good => "NO LEAK FOUND",
        _ => "NOT KNOWN",
    };
}
