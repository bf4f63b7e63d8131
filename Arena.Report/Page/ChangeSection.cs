using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The differences between two moments.</summary>
internal static class ChangeSection
{
    private const int Most = 40;

    public static PageSection? Of(ReportModel model)
    {
        if (model.Change is not { } change)
            return null;
        return new PageSection(
            "change",
            "What changed",
            Html.Paragraph(
                $"From {change.From} ({Units.Duration(change.FromSeconds)}) to {change.To} "
                + $"({Units.Duration(change.ToSeconds)})."),
            change.Rows.Count == 0 ? Html.Paragraph("Nothing.") : Table(change.Rows).ToElement(),
            change.Rows.Count > Most
                ? Html.Note($"{Units.Count(change.Rows.Count - Most)} more are in the JSON.") : null);
    }

    /// <summary>
    /// Makes the table, growth first; if there are too many rows, those that changed least are left out.
    /// </summary>
    public static HtmlTable Table(IReadOnlyList<ChangeRow> rows)
    {
        var table = new HtmlTable("What changed, by line", "<Line", "bytes", "allocations");
        var shown = rows.Count <= Most ? rows : [.. rows.Take(Most / 2), .. rows.TakeLast(Most / 2)];
        foreach (var row in shown)
        {
            table.Add(
                Html.Element("span", SitesSection.Name(row.Site, row.Tag)),
                Units.Change(row.Bytes),
                (row.Count > 0 ? "+" : "") + Units.Count(row.Count));
        }
        return table;
    }
}
