using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The work of compactions, and what they could gain.</summary>
internal static class CompactionSection
{
    public static PageSection? Of(ReportModel model)
    {
        var rows = CompactionRow.Of(model);
        if (rows.Count == 0)
            return null;
        var table = new HtmlTable("Compaction", ["<Allocator", .. CompactionRow.Columns]);
        foreach (var row in rows)
            table.Add([row.Name, .. row.Cells]);
        return new PageSection(
            "compaction",
            "Compaction",
            Html.Note(
                "Bytes that were copied, and bytes of storage that went back to the operating system; what could be "
                + "gained at most is storage beside what lives. Holes were counted when the last compaction was done."),
            table.ToElement());
    }
}
