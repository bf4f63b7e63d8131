using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Arena.Report.Model;

namespace Arena.Report.Charts;

/// <summary>A map of memory in rows from left to right, as text runs; START and LEN of each as its title.</summary>
internal static class MapSvg
{
    private const int Columns = 120;
    private const int CellWidth = 8, CellHeight = 9, RowHeight = 10, MarkHeight = 2;

    /// <summary>The number of colours that distinguish owners; after these, colours repeat.</summary>
    public const int OwnerColors = 8;

    public static XElement Of(MapModel map)
    {
        List<XElement> cells = [];
        var place = 0;
        foreach (var cell in map.Cells)
        {
            cells.Add(new XElement(
                "path",
                new XAttribute("class", ClassOf(cell)),
                new XAttribute("d", Outline(place, cell.Places, 0, CellHeight)),
                new XElement("title", Printable.Line(TitleOf(map, cell)))));
            if (cell.IsMoved)
                cells.Add(Mark(Outline(place, cell.Places, 0, MarkHeight)));
            if (cell.IsShared)
                cells.Add(Mark(Outline(place, cell.Places, CellHeight - MarkHeight, MarkHeight)));
            place += cell.Places;
        }
        var rows = Math.Max(1, (place + Columns - 1) / Columns);
        return new XElement(
            "svg",
            new XAttribute("class", "map"),
            new XAttribute("viewBox", $"0 0 {Columns * CellWidth} {rows * RowHeight}"),
            // A narrow page makes places narrower, but keeps their height.
            new XAttribute("preserveAspectRatio", "none"),
            new XAttribute("style", $"--rows:{rows}"),
            new XAttribute("role", "img"),
            new XAttribute(
                "aria-label", Printable.Line($"Map of arena '{map.Arena}', {Units.Bytes(map.LentBytes)} lent")),
            cells);
    }

    private static string ClassOf(MapCell cell) => cell.Fill < 0
        ? "tables"
        : string.Create(CultureInfo.InvariantCulture, $"o{cell.Owner % OwnerColors} f{cell.Fill}");

    /// <summary>Says what a stretch holds.</summary>
    public static string Contents(MapCell cell) => cell.Fill switch
    {
        < 0 => "tables",
        0 => "hole",
        _ => $"{Units.Count(cell.LiveCount)} live, {Units.Bytes(cell.LiveBytes)}, "
            + Units.Percent(cell.LiveBytes / (double)cell.Bytes)
            + (cell.IsMoved ? ", moved" : "") + (cell.IsShared ? ", on shared storage" : ""),
    };

    /// <summary>Explains the marks of a map, or returns null if it has none.</summary>
    public static string? MarksOf(MapModel map) =>
        map.Cells.Any(cell => cell.IsMoved || cell.IsShared)
            ? "a line above: moved by compaction; a line below: pages on the storage of others"
            : null;

    private static string TitleOf(MapModel map, MapCell cell)
    {
        var owner = map.Owners[cell.Owner];
        return $"START {Units.Address(cell.Start)} LEN {Units.Count(cell.Bytes)} {owner.Kind} '{owner.Name}': "
            + Contents(cell);
    }

    private static XElement Mark(string outline) =>
        new("path", new XAttribute("class", "mark"), new XAttribute("d", outline));

    // One rectangle a row, a part of its height.
    private static string Outline(int place, int places, int top, int height)
    {
        var path = new StringBuilder();
        while (places > 0)
        {
            var (row, column) = Math.DivRem(place, Columns);
            var width = Math.Min(places, Columns - column);
            path.Append(
                CultureInfo.InvariantCulture,
                $"M{column * CellWidth} {row * RowHeight + top}h{width * CellWidth}v{height}h-{width * CellWidth}z");
            place += width;
            places -= width;
        }
        return path.ToString();
    }
}
