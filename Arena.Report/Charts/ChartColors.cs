using OxyPlot;

namespace Arena.Report.Charts;

/// <summary>
/// The colours of all charts: the colour in a picture on white, and the CSS variable that replaces it in a page, which
/// may be dark.
/// </summary>
internal static class ChartColors
{
    public static readonly OxyColor Ink = OxyColor.Parse("#1b1f24");
    public static readonly OxyColor Faint = OxyColor.Parse("#5f6872");
    public static readonly OxyColor Grid = OxyColor.Parse("#dfe3e7");
    public static readonly OxyColor Live = OxyColor.Parse("#2563a8");
    public static readonly OxyColor Outside = OxyColor.Parse("#a9b8c9");
    public static readonly OxyColor Floor = OxyColor.Parse("#0b7a5b");
    public static readonly OxyColor Line = OxyColor.Parse("#b3471d");
    public static readonly OxyColor Limit = OxyColor.Parse("#a4133c");
    public static readonly OxyColor Mark = OxyColor.Parse("#6b4fb3");

    private static readonly (OxyColor Color, string Variable)[] Variables =
    [
        (Ink, "--ink"), (Faint, "--faint"), (Grid, "--line"), (Live, "--live"), (Outside, "--outside"),
        (Floor, "--floor"), (Line, "--fit"), (Limit, "--limit"), (Mark, "--mark"),
    ];

    /// <summary>The style with variables in place of colours.</summary>
    public static string Themed(string style)
    {
        foreach (var (color, variable) in Variables)
            style = style.Replace($"rgb({color.R},{color.G},{color.B})", $"var({variable})", StringComparison.Ordinal);
        return style;
    }
}
