using System.Globalization;
using System.Xml.Linq;
using Arena.Report.Elements;
using Arena.Report.Model;
using OxyPlot;
using OxyPlot.Series;

namespace Arena.Report.Charts;

/// <summary>
/// Renders a chart as elements of a page: it scales, takes the page's colours, and has a description.
/// </summary>
internal static class ChartSvg
{
    /// <summary>Makes a wide picture and a narrow one, of which the page shows the one that fits.</summary>
    /// <param name="chart">Makes the chart, once for each.</param>
    /// <param name="name">Part of the identifiers in it; no other chart of the page may have the same.</param>
    /// <param name="description">A description of the chart in words.</param>
    public static XElement Figure(Func<PlotModel> chart, string name, string description) => new(
        "figure",
        Legend(chart()),
        Picture(chart(), name + "-wide", description, 960, 360, "wide"),
        Picture(chart(), name + "-narrow", description, 400, 330, "narrow"));

    /// <summary>Makes one picture.</summary>
    public static XElement Picture(
        PlotModel chart, string name, string description, int width, int height, string cssClass)
    {
        // Browsers' fonts differ in width from the measured ones: the page has a legend of its own.
        chart.IsLegendVisible = false;
        var exporter = new SvgExporter { Width = width, Height = height, UseVerticalTextAlignmentWorkaround = true };
        var drawn = XDocument.Parse(exporter.ExportToString(chart)).Root
            ?? throw new InvalidDataException("The chart has no picture.");
        return new XElement(
            "svg",
            new XAttribute("class", "chart " + cssClass),
            new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}")),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", Printable.Line(description)),
            drawn.Elements().Select(element => Adopted(element, name)));
    }

    private static XElement Legend(PlotModel chart) => Html.Element(
        "ul",
        Html.Class("legend"),
        chart.Series.Where(series => series.Title is not null).Select(series => Html.Element(
            "li",
            Html.Element("span", new XAttribute("style", $"background:{ColorOf(series)}"), ""),
            series.Title)));

    private static string ColorOf(Series series)
    {
        var color = series switch
        {
            AreaSeries area => area.ActualFill,
            LineSeries line => line.Color,
            ScatterSeries dots => dots.MarkerFill,
            _ => ChartColors.Ink,
        };
        var themed = ChartColors.Themed($"rgb({color.R},{color.G},{color.B})");
        return color.A == byte.MaxValue
            ? themed : $"color-mix(in srgb, {themed} {100 * color.A / byte.MaxValue}%, transparent)";
    }

    // Copies an element without namespaces, which a page does not need, with unique identifiers and variables for
    // colours.
    private static XElement Adopted(XElement element, string name)
    {
        var adopted = new XElement(element.Name.LocalName);
        var style = "";
        foreach (var attribute in element.Attributes().Where(attribute => !attribute.IsNamespaceDeclaration))
        {
            switch (attribute.Name.LocalName)
            {
                case "style":
                    style += attribute.Value + ";";
                    break;
                case "fill" when element.Name.LocalName == "text":
                    style += $"fill:{attribute.Value};";
                    break;
                case "id":
                    adopted.Add(new XAttribute("id", name + attribute.Value));
                    break;
                case "font-family" or "shape-rendering":
                    break;
                // There is no such value; the default is the same place.
                case "dominant-baseline" when attribute.Value == "baseline":
                    break;
                case "clip-path":
                    adopted.Add(new XAttribute(
                        "clip-path", attribute.Value.Replace("url(#", $"url(#{name}", StringComparison.Ordinal)));
                    break;
                default:
                    adopted.Add(new XAttribute(attribute.Name.LocalName, attribute.Value));
                    break;
            }
        }
        if (style.Length > 0)
            adopted.Add(new XAttribute("style", ChartColors.Themed(style)));
        adopted.Add(element.Nodes().Select(node => node is XElement child ? Adopted(child, name) : node));
        return adopted;
    }
}
