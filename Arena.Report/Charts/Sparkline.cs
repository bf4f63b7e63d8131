using System.Globalization;
using System.Xml.Linq;
using Arena.Report.Model;

namespace Arena.Report.Charts;

/// <summary>A series as a small line without axes, its lowest value at the bottom.</summary>
internal static class Sparkline
{
    private const int Width = 96, Height = 20, Margin = 2;

    public static XElement Of(IReadOnlyList<long> values, string description)
    {
        if (values.Count < 2)
            return new XElement("span", "");
        double lowest = values.Min();
        var range = Math.Max(1, values.Max() - lowest);
        var points = values.Select((value, i) => string.Create(
            CultureInfo.InvariantCulture, $"{i * (double)Width / (values.Count - 1):0.#},{Y(value):0.#}"));
        return new XElement(
            "svg",
            new XAttribute("class", "spark"),
            new XAttribute("viewBox", $"0 0 {Width} {Height}"),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", Printable.Line(description)),
            new XElement("polyline", new XAttribute("points", string.Join(' ', points))));

        double Y(long value) => Margin + (1 - (value - lowest) / range) * (Height - 2 * Margin);
    }
}
