using System.Xml.Linq;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The numbers at the end of the window.</summary>
internal static class NumbersSection
{
    public static PageSection Of(ReportModel model)
    {
        var numbers = model.Numbers;
        return new PageSection(
            "numbers",
            "Numbers",
            Html.Element(
                "dl",
                Html.Class("numbers"),
                Tile("Live", Units.Bytes(numbers.LiveBytes), $"{Units.Count(numbers.LiveCount)} allocations"),
                Tile("Peak live", Units.Bytes(numbers.PeakLiveBytes)),
                Tile(
                    "Committed", Units.Bytes(numbers.CommittedBytes),
                    $"peak {Units.Bytes(numbers.PeakCommittedBytes)}"),
                Tile("Process", Units.Bytes(numbers.ResidentBytes),
                    $"managed {Units.Bytes(numbers.ManagedBytes)}, other {Units.Bytes(numbers.OtherResidentBytes)}"),
                numbers.Allocations == 0 ? null : Tile(
                    "Allocations", Units.Count(numbers.Allocations), $"{Units.Bytes(numbers.AllocatedBytes)} in all"),
                numbers.Allocations == 0 ? null : Tile("Frees", Units.Count(numbers.Frees)),
                model.Verdict.LeftCount is { } left
                    ? Tile("Never freed", Units.Bytes(model.Verdict.LeftBytes ?? 0), $"{Units.Count(left)} allocations")
                    : null,
                Tile(
                    "Refused", Units.Count(numbers.InvalidFrees + numbers.OutOfMemory + numbers.OtherRefusals),
                    $"{numbers.InvalidFrees} bad frees, {numbers.OutOfMemory} out of memory")),
            Html.Note(When(model)));
    }

    private static string When(ReportModel model)
    {
        var source = model.Source;
        var window = source.From > 0 || source.To < source.Seconds
            ? $" The window of the trend is {Units.Duration(source.From)} to {Units.Duration(source.To)}; numbers are "
                + "as of its end."
            : "";
        var started = source.Started is { } start ? $", begun {start.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC" : "";
        return $"{Units.Duration(source.Seconds)} were captured{started}.{window}";
    }

    private static XElement Tile(string name, string value, string? more = null) => Html.Element(
        "div",
        Html.Element("dt", name),
        Html.Element("dd", value, more is null ? null : Html.Element("small", more)));
}
