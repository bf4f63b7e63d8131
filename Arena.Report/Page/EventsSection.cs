using Arena.Diagnostics;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>What went wrong, with the stack that led to it.</summary>
internal static class EventsSection
{
    private const int Most = 200;

    public static PageSection Of(ReportModel model)
    {
        var errors = model.Events.Where(each => each.Kind != CaptureEventKind.Mark).ToArray();
        if (errors.Length == 0)
            return new PageSection("errors", "Errors", Html.Paragraph("None."));
        var table = new HtmlTable("Errors", "<When", "<What", "<Message");
        foreach (var each in errors.Take(Most))
        {
            table.Add(
                Units.Duration(each.Seconds) + (each.Frame > 0 ? $", frame {Units.Count(each.Frame)}" : ""),
                WordsOf(each.Kind) + (each.Arena is null ? "" : $" in arena '{each.Arena}'"),
                Html.Element("div", each.Text, each.Stack.Length == 0 ? null
                    : Html.Details("Stack", Html.Element("pre", each.Stack))));
        }
        return new PageSection(
            "errors",
            "Errors",
            table.ToElement(),
            errors.Length > Most ? Html.Note($"{Units.Count(errors.Length - Most)} more are in the JSON.") : null);
    }

    public static string WordsOf(CaptureEventKind kind) => kind switch
    {
        CaptureEventKind.Mark => "mark",
        CaptureEventKind.InvalidFree => "bad free, refused",
        CaptureEventKind.OutOfMemory => "no memory",
        CaptureEventKind.Leak => "left alive at dispose",
        CaptureEventKind.Budget => "budget",
        _ => "refused",
    };
}
