using System.Globalization;
using System.Xml.Linq;
using Arena.Report.Charts;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>The memory maps: pictures of arenas, and their wasted space.</summary>
internal static class MapsSection
{
    private const int MostHoles = 15;
    private const int MostStretches = 300;

    public static PageSection Of(ReportModel model) => new(
        "map",
        "Memory map",
        model.Maps.Count == 0
            ? Html.Paragraph("No map was recorded: call CaptureWriter.RecordMap between frames.")
            : Html.Note(
                "Lent blocks in address order, end to end, a colour for each allocator; strong is live, pale a hole, "
                + "grey is an allocator's own tables. START and LEN of a stretch show on hover, and in the tables "
                + "below its picture."),
        model.Maps.Select(Map).ToArray<object?>());

    private static object?[] Map(MapModel map) =>
    [
        Html.Element(
            "h3",
            $"Arena '{map.Arena}' at {Units.Duration(map.Seconds)}", map.IsComplete ? null : ", as far as it goes"),
        Html.Element(
            "dl",
            Html.Class("numbers"),
            Tile("Wasted", Units.Percent(map.Wasted), "1 − live / committed"),
            Tile("External fragmentation", Units.Percent(map.External), "1 − largest / free"),
            Tile("Internal", Units.Percent(map.Internal), "headers and tables / lent"),
            Tile("Largest that fits", Units.Bytes(map.LargestFreeBytes), "without another page"),
            Tile("… with other pages", Units.Bytes(map.LargestWithPagesBytes), "within addresses and budget"),
            Tile("Free", Units.Bytes(map.FreeBytes), $"of {Units.Bytes(map.CommittedBytes)} committed"),
            map.SharedBytes == 0
                ? null
                : Tile("Shared pages", Units.Bytes(map.SharedBytes), "live, on the storage of other pages"),
            map.MovedCount == 0
                ? null
                : Tile("Moved", Units.Bytes(map.MovedBytes), $"{Units.Count(map.MovedCount)} live, by compaction")),
        Html.Element(
            "figure",
            MapSvg.Of(map),
            Html.Element(
                "figcaption",
                $"One place is {Units.Bytes(map.BytesPerPlace)}; {Units.Bytes(map.LentBytes)} lent in "
                + $"{Units.Count(map.Owners.Sum(owner => owner.Blocks))} blocks"
                + (MapSvg.MarksOf(map) is { } marks ? $"; {marks}." : "."))),
        Owners(map).ToElement(),
        Stretches(map),
        Holes(map),
    ];

    private static HtmlTable Owners(MapModel map)
    {
        var table = new HtmlTable(
            $"Allocators of {map.Arena}", "<Allocator", "lent", "live", "wasted", "free", "largest that fits",
            "external", "count", "slot", "blocks");
        for (var i = 0; i < map.Owners.Count; i++)
        {
            var owner = map.Owners[i];
            var color = (i % MapSvg.OwnerColors).ToString(CultureInfo.InvariantCulture);
            table.Add(
                Html.Element("span", Swatch(color), $"{owner.Kind} '{owner.Name}'", owner.Tag is null ? null
                    : Html.Element("span", Html.Class("tag"), $" [{owner.Tag}]")),
                Units.Bytes(owner.LentBytes), Units.Bytes(owner.LiveBytes), Units.Percent(owner.Wasted),
                Units.Bytes(owner.FreeBytes), Units.Bytes(owner.LargestFreeBytes),
                // Slots are all alike: any request that a pool gets fits into any hole.
                owner.SlotBytes > 0 ? "–" : Units.Percent(owner.External),
                Units.Count(owner.LiveCount), owner.SlotBytes > 0 ? Units.Bytes(owner.SlotBytes) : "–",
                Units.Count(owner.Blocks));
        }
        return table;
    }

    // For readers who cannot hover, as on a phone.
    private static XElement? Stretches(MapModel map)
    {
        if (map.Cells.Count == 0)
            return null;
        var table = new HtmlTable("START and LEN", "<START", "LEN", "<contents", "<allocator");
        foreach (var cell in map.Cells.Take(MostStretches))
        {
            var owner = map.Owners[cell.Owner];
            table.Add(
                Units.Address(cell.Start), Units.Count(cell.Bytes), MapSvg.Contents(cell),
                $"{owner.Kind} '{owner.Name}'");
        }
        return Html.Details(
            $"START and LEN of {Units.Count(map.Cells.Count, "stretch", "stretches")}",
            table.ToElement(),
            map.Cells.Count > MostStretches
                ? Html.Note($"{Units.Count(map.Cells.Count - MostStretches)} more are in the JSON.") : null);
    }

    private static XElement? Holes(MapModel map)
    {
        MapCell[] holes =
        [
            .. map.Cells.Where(cell => cell.Fill == 0).OrderByDescending(cell => cell.Bytes).Take(MostHoles),
        ];
        if (holes.Length == 0)
            return null;
        var table = new HtmlTable("Longest holes", "<START", "LEN", "<allocator");
        foreach (var hole in holes)
        {
            var owner = map.Owners[hole.Owner];
            table.Add(Units.Address(hole.Start), Units.Count(hole.Bytes), $"{owner.Kind} '{owner.Name}'");
        }
        return Html.Details("Longest holes", table.ToElement());
    }

    private static XElement Tile(string name, string value, string more) => Html.Element(
        "div", Html.Element("dt", name), Html.Element("dd", value, Html.Element("small", more)));

    private static XElement Swatch(string color) => Html.Element(
        "svg",
        Html.Class("swatch"),
        new XAttribute("viewBox", "0 0 10 10"),
        new XAttribute("aria-hidden", "true"),
        Html.Element("path", Html.Class("o" + color), new XAttribute("d", "M0 0h10v10h-10z")));
}
