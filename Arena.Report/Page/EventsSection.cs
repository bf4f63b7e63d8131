using System.Xml.Linq;
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
        return new PageSection(
            "errors",
            "Errors",
            Html.Element("ul", Html.Class("errors"), errors.Take(Most).Select(Error).ToArray<object?>()),
            errors.Count > Most ? Html.Note($"{Units.Count(errors.Count - Most)} more are in the JSON.") : null);
    }

    // A message takes the whole width of the page: in a table it would be a few letters wide on a narrow one.
    private static XElement Error(ErrorGroup error)
    {
        var first = error.First;
        return Html.Element(
            "li",
            Html.Element("strong", error.What + (first.Arena is null ? "" : $" in arena '{first.Arena}'")),
            Html.Element("span", Html.Class("tag"),
                $" {error.When}{(first.Frame > 0 ? $", frame {Units.Count(first.Frame)}" : "")}"),
            Html.Element("div", first.Text),
            first.Stack.Length == 0 ? null : Html.Details("Stack", Html.Element("pre", first.Stack)));
    }
}
