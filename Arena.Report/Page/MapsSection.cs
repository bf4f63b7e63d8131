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

    public static PageSection Of(ReportModel model) => new(
        "map",
        "Memory map",
        model.Maps.Count == 0
            ? Html.Paragraph("No map was recorded: call CaptureWriter.RecordMap between frames.")
            : Html.Note(
                "Lent blocks in address order, end to end, a colour for each allocator; strong is live, pale a hole, "
                + "grey is an allocator's own tables. START and LEN show on hover."),
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
            Tile("Free", Units.Bytes(map.FreeBytes), $"of {Units.Bytes(map.CommittedBytes)} committed")),
        Html.Element(
            "figure",
            MapSvg.Of(map),
            Html.Element(
                "figcaption",
                $"One place is {Units.Bytes(map.BytesPerPlace)}; {Units.Bytes(map.LentBytes)} lent in "
                + $"{Units.Count(map.Owners.Sum(owner => owner.Blocks))} blocks.")),
        Owners(map).ToElement(),
        Holes(map),
    ];

    private static HtmlTable Owners(MapModel map)
    {
        var table = new HtmlTable(
            $"Allocators of {map.Arena}", "<Allocator", "blocks", "lent", "live", "count", "slot", "free",
            "largest that fits", "wasted", "external");
        for (var i = 0; i < map.Owners.Count; i++)
        {
            var owner = map.Owners[i];
            var color = (i % MapSvg.OwnerColors).ToString(CultureInfo.InvariantCulture);
            table.Add(
                Html.Element("span", Swatch(color), $"{owner.Kind} '{owner.Name}'", owner.Tag is null ? null
                    : Html.Element("span", Html.Class("tag"), $" [{owner.Tag}]")),
                Units.Count(owner.Blocks), Units.Bytes(owner.LentBytes), Units.Bytes(owner.LiveBytes),
                Units.Count(owner.LiveCount), owner.SlotBytes > 0 ? Units.Bytes(owner.SlotBytes) : "–",
                Units.Bytes(owner.FreeBytes), Units.Bytes(owner.LargestFreeBytes), Units.Percent(owner.Wasted),
                // Slots are all alike: any request that a pool gets fits into any hole.
                owner.SlotBytes > 0 ? "–" : Units.Percent(owner.External));
        }
        return table;
    }

    // For readers who cannot hover.
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
