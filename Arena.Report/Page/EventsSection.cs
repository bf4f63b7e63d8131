using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The errors, with the stacks that led to them.</summary>
internal static class EventsSection
{
    private const int Most = 200;

    public static PageSection Of(ReportModel model)
    {
        var errors = ErrorGroup.Of(model);
        if (errors.Count == 0)
            return new PageSection("errors", "Errors", Html.Paragraph("None."));
        var table = new HtmlTable("Errors", "<When", "<What", "<Message");
        foreach (var error in errors.Take(Most))
        {
            var first = error.First;
            table.Add(
                error.When + (first.Frame > 0 ? $", frame {Units.Count(first.Frame)}" : ""),
                error.What + (first.Arena is null ? "" : $" in arena '{first.Arena}'"),
                Html.Element("div", first.Text, first.Stack.Length == 0 ? null
                    : Html.Details("Stack", Html.Element("pre", first.Stack))));
        }
        return new PageSection(
            "errors",
            "Errors",
            table.ToElement(),
            errors.Count > Most ? Html.Note($"{Units.Count(errors.Count - Most)} more are in the JSON.") : null);
    }
}
