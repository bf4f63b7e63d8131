using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The allocations that die within their frame, and so belong in frame memory.</summary>
internal static class ShortLivedSection
{
    private const int Most = 15;

    public static PageSection Of(ReportModel model)
    {
        var sites = model.Sites.Where(site => site.ShortLived > 0)
            .OrderByDescending(site => site.ShortLivedBytes).Take(Most).ToArray();
        if (sites.Length == 0)
            return new PageSection("short", "Short-lived allocations", Html.Paragraph("None died within its frame."));
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
