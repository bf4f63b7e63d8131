using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Arena.Report.Model;

namespace Arena.Report.Charts;

/// <summary>The fullest map of a capture as a picture of its own, with its colours and its legend.</summary>
internal static class MapStill
{
    private const int Width = 960, Margin = 20, LineHeight = 22, Swatch = 12;

    // Whatever rows the map has: they become as high as fits.
    private const int MapHeight = 260;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static readonly string[] Owners =
        ["#6cacee", "#4cc79f", "#f0945f", "#ab94f0", "#e0c04a", "#f2718f", "#58c8d4", "#9aa4ae"];

    /// <summary>Draws the map of the moment at which most was lent.</summary>
    /// <exception cref="NotSupportedException">The capture has no map; the message says how it gets one.</exception>
    public static byte[] Of(ReportModel model)
    {
        var map = model.Maps.MaxBy(static each => each.LentBytes)
            ?? throw new NotSupportedException(
                "The capture has no map to draw: call CaptureWriter.RecordMap between frames.");
        var shown = map.Owners.Take(MapSvg.OwnerColors).ToArray();
        var height = 3 * Margin + LineHeight + MapHeight + shown.Length * LineHeight;
        var picture = MapSvg.Of(map);
        foreach (var element in picture.DescendantsAndSelf())
            element.Name = Svg + element.Name.LocalName;
        picture.SetAttributeValue("x", Margin);
        picture.SetAttributeValue("y", Margin + LineHeight);
        picture.SetAttributeValue("width", Width - 2 * Margin);
        picture.SetAttributeValue("height", MapHeight);
        var svg = new XElement(
            Svg + "svg",
            new XAttribute("viewBox", Invariant($"0 0 {Width} {height}")),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", Printable.Line($"Memory map of arena '{map.Arena}'")),
            new XElement(Svg + "style", Style()),
            new XElement(
                Svg + "rect", new XAttribute("width", Width), new XAttribute("height", height),
                new XAttribute("fill", "#14171b")),
            Text(Margin, Margin + Swatch, Heading(map)),
            picture,
            shown.Select((owner, i) => Line(owner, i, 2 * Margin + LineHeight + MapHeight + i * LineHeight)));
        return Encoding.UTF8.GetBytes(svg + "\n");
    }

    private static string Heading(MapModel map) =>
        $"Arena '{map.Arena}': {Units.Bytes(map.LiveBytes)} live of {Units.Bytes(map.LentBytes)} lent; a place is "
        + $"{Units.Bytes(map.BytesPerPlace)}; strong is live, pale a hole, grey an allocator's tables"
        + (MapSvg.MarksOf(map) is { } marks ? $"; {marks}" : "");

    private static object[] Line(OwnerModel owner, int index, int y) =>
    [
        new XElement(
            Svg + "rect", new XAttribute("class", Invariant($"o{index}")), new XAttribute("x", Margin),
            new XAttribute("y", y), new XAttribute("width", Swatch), new XAttribute("height", Swatch)),
        Text(
            2 * Margin, y + Swatch - 1,
            $"{owner.Kind} '{owner.Name}': {Units.Bytes(owner.LiveBytes)} live of {Units.Bytes(owner.LentBytes)}, "
            + Units.Count(owner.LiveCount, "allocation")),
    ];

    private static XElement Text(int x, int y, string text) =>
        new(Svg + "text", new XAttribute("x", x), new XAttribute("y", y), Printable.Line(text));

    private static string Style()
    {
        var style = new StringBuilder(
            "text { font: 14px system-ui, sans-serif; fill: #e4e7eb } .tables { fill: #9aa4ae; fill-opacity: .35 } "
            + ".f0 { fill-opacity: .16 } .f1 { fill-opacity: .4 } .f2 { fill-opacity: .58 } .f3 { fill-opacity: .76 } "
            + ".mark { fill: #e4e7eb }");
        for (var i = 0; i < Owners.Length; i++)
            style.Append(CultureInfo.InvariantCulture, $" .o{i} {{ fill: {Owners[i]} }}");
        return style.ToString();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
