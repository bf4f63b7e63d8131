using System.Globalization;
using System.Text;
using System.Xml.Linq;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Rules;

namespace GameLoop.Viewing;

/// <summary>Draws what the camera sees of a world as SVG: a path for each colour.</summary>
internal static class Still
{
    private const string Night = "#0b0e14";
    private const double DotSize = 3.2;

    public static XElement Of(WorldLook look, RunOptions options)
    {
        XNamespace svg = "http://www.w3.org/2000/svg";
        var (width, height) = ((int)(2 * Picture.HalfWidth), (int)(2 * Picture.HalfHeight));
        var title = string.Create(
            CultureInfo.InvariantCulture,
            $"What the camera sees of {options.Entities:N0} entities in frame {look.Frame:N0}: ships, shots, sparks, "
            + $"exhaust and pickups");
        return new XElement(
            svg + "svg",
            new XAttribute("viewBox", $"{-width / 2} {-height / 2} {width} {height}"),
            new XAttribute("role", "img"),
            new XElement(svg + "title", title),
            new XElement(
                svg + "rect",
                new XAttribute("x", -width / 2), new XAttribute("y", -height / 2),
                new XAttribute("width", width), new XAttribute("height", height), new XAttribute("fill", Night)),
            ByColour(look).Select(colour => new XElement(
                svg + "path",
                new XAttribute("d", Path(colour)),
                new XAttribute("stroke", string.Create(CultureInfo.InvariantCulture, $"#{colour.Key:x6}")),
                new XAttribute("stroke-width", DotSize),
                new XAttribute("stroke-linecap", "round"))));
    }

    private static IEnumerable<IGrouping<int, (int X, int Y)>> ByColour(WorldLook look) => Enumerable
        .Range(0, look.Dots.Count / 3)
        .GroupBy(dot => look.Dots[(3 * dot) + 2], dot => (X: look.Dots[3 * dot], Y: look.Dots[(3 * dot) + 1]))
        .OrderBy(static colour => colour.Key);

    // A line without a length and with round ends is a dot.
    private static string Path(IEnumerable<(int X, int Y)> dots)
    {
        var text = new StringBuilder();
        foreach (var (x, y) in dots.Distinct().Order())
            text.Append(CultureInfo.InvariantCulture, $"M{x} {y}h0");
        return text.ToString();
    }
}
