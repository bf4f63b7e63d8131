using System.Globalization;
using Arena.Diagnostics;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The method, the assumptions and the cost.</summary>
internal static class MethodSection
{
    public static PageSection Of(ReportModel model) => new(
        "method",
        "How it was measured",
        Html.Element("ul", model.Notes.Select(note => Html.Element("li", note)).ToArray<object?>()),
        Html.Note(
            "Method, thresholds and error rates: docs/leak-trend.md of Arena. This page and its JSON "
            + $"({ReportModel.SchemaName}) come from the same numbers."),
        Html.Element("h3", "What tracking cost"),
        model.Cost is null ? Html.Paragraph("The file does not say.") : Cost(model.Cost).ToElement(),
        Html.Element("h3", "Where"),
        Facts(model).ToElement());

    private static HtmlTable Cost(CaptureOverhead cost) => new HtmlTable("Cost", "<", "<")
        .Add("added to an allocation and its free",
            $"{Units.Number(cost.PairNanoseconds, "0.#")} ns, measured at start")
        .Add("so of the game's time about", Units.Duration(cost.TrackingSeconds))
        .Add("writing, on a thread of its own",
            $"{Units.Duration(cost.WritingSeconds)} in {Units.Count(cost.Writings)} writings, the longest "
            + Units.Duration(cost.LongestWritingSeconds))
        .Add("tables of the trackers", cost.TableBytes == 0 && cost.ManagedBytes == 0
            ? "given back: the trackers were disposed before the capture ended"
            : $"{Units.Bytes(cost.TableBytes)}, and {Units.Bytes(cost.ManagedBytes)} managed")
        .Add("file", Units.Bytes(cost.FileBytes))
        .Add("not tracked, events dropped", $"{Units.Count(cost.UntrackedCount)}, {Units.Count(cost.DroppedEvents)}");

    private static HtmlTable Facts(ReportModel model)
    {
        var table = new HtmlTable("Facts", "<", "<")
            .Add("file", $"{model.Source.File}, {model.Source.Kind}{(model.Source.Format is { } v ? $" {v}" : "")}");
        foreach (var (name, value) in model.Source.Facts.OrderBy(fact => fact.Key, StringComparer.Ordinal))
            table.Add(NameOf(name), ValueOf(name, value, model));
        return table;
    }

    // Units stand with the values, and times are as elsewhere on the page.
    private static string NameOf(string fact) => fact switch
    {
        "page bytes" => "page",
        "interval ms" => "interval",
        _ => fact,
    };

    private static string ValueOf(string fact, string value, ReportModel model) => fact switch
    {
        "page bytes" when double.TryParse(value, CultureInfo.InvariantCulture, out var bytes) => Units.Bytes(bytes),
        "interval ms" when double.TryParse(value, CultureInfo.InvariantCulture, out var ms) =>
            Units.Duration(ms / 1_000),
        "started" when model.Source.Started is { } started => Units.Moment(started),
        _ => value,
    };
}
