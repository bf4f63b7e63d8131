using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The allocations that die within their frame, and so belong in frame memory.</summary>
internal static class ShortLivedSection
{
    private const int Most = 15;

    // Memory of a frame is advice for a line only if most of what it allocates dies young.
    private const double LeastShare = 0.5;

    public static PageSection Of(ReportModel model)
    {
        var sites = model.Sites.Where(site => site.ShortLived >= LeastShare * Math.Max(1, site.Allocations))
            .OrderByDescending(site => site.ShortLivedBytes).Take(Most).ToArray();
        if (sites.Length == 0)
            {
            return new PageSection(
                "short", "Short-lived allocations",
                Html.Paragraph("No line frees half of what it allocates within the same frame."));
        }
        var table = new HtmlTable(
            "Short-lived allocations", "<Line", "allocations", "of all", "bytes", "mean life");
        foreach (var site in sites)
        {
            table.Add(
                SitesSection.Name(site), Units.Count(site.ShortLived),
                Units.Percent(site.ShortLived / (double)Math.Max(1, site.Allocations)),
                Units.Bytes(site.ShortLivedBytes), $"{Units.Number(site.MeanLifetimeFrames, "0.#")} frames");
        }
        return new PageSection(
            "short",
            "Short-lived allocations",
            Html.Note(
                "These died in the frame that made them: a FrameAllocator serves them for the price of an addition."),
            table.ToElement());
    }
}
