using System.Globalization;
using System.Text;

namespace Arena.Bench.Quick;

/// <summary>Draws a report's ratios: one bar each, its goal as a tick, the rival as the line at 1.</summary>
internal static class Chart
{
    private const int Width = 760;
    private const int LabelWidth = 330;
    private const int RowHeight = 22;
    private const int Top = 64;
    private const double MaximumRatio = 3;
    private const double UnitWidth = (Width - LabelWidth - 60) / MaximumRatio;

    public static void Write(Report report, string file)
    {
        var rows = report.Questions.SelectMany(q => q.Ratios.Select(r => (Question: q, Ratio: r))).ToList();
        var height = Top + rows.Count * RowHeight + 24;
        var svg = new StringBuilder();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" "))
            .Append("font-family=\"system-ui, sans-serif\" font-size=\"12\">\n")
            .Append("  <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n")
            .Append(Text(12, 22, "Time of one operation, as a ratio: shorter is better", "font-size=\"15\""))
            .Append(Text(12, 40, $"{report.Machine}; {report.Runtime}; {report.Rounds} rounds, medians and quartiles"))
            .Append(Text(
                12, 56, "green: the promise (tick) is kept; red: missed; grey: none; grey line: as fast as the rival"));
        for (var i = 0; i < rows.Count; i++)
            AppendRow(svg, rows[i].Question, rows[i].Ratio, Top + i * RowHeight);
        var one = LabelWidth + UnitWidth;
        svg.Append(Invariant($"  <path d=\"M{one:F1} {Top}V{height - 20}\" stroke=\"#888\"/>\n</svg>\n"));
        File.WriteAllText(file, svg.ToString());
    }

    private static void AppendRow(StringBuilder svg, Report.Question question, Report.Ratio ratio, int top)
    {
        var middle = top + RowHeight / 2;
        var end = X(ratio.Median);
        var tick = X(ratio.Limit ?? 0);
        var colour = ratio.Limit is null ? "#8a9ba8" : ratio.Kept ? "#2e8b57" : "#c0392b";
        svg.Append(Text(12, middle + 4, $"{question.Id}  {Table.Label(question, ratio)}"))
            .Append(Invariant($"  <rect x=\"{LabelWidth}\" y=\"{top + 4}\" width=\"{end - LabelWidth:F1}\" "))
            .Append(Invariant($"height=\"{RowHeight - 8}\" fill=\"{colour}\"/>\n"))
            .Append(Invariant($"  <path d=\"M{X(ratio.LowerQuartile):F1} {middle}H{X(ratio.UpperQuartile):F1}\" "))
            .Append("stroke=\"#000\" stroke-opacity=\".5\"/>\n");
        if (ratio.Limit is not null)
        {
            svg.Append(Invariant($"  <path d=\"M{tick:F1} {top + 2}V{top + RowHeight - 2}\" "))
                .Append("stroke=\"#000\" stroke-width=\"2\"/>\n");
        }
        svg.Append(Text(Math.Max(end, tick) + 6, middle + 4, Invariant($"{ratio.Median:F2}")));
    }

    // A bar beyond the picture is cut at its edge; its number is written anyway.
    private static double X(double ratio) => LabelWidth + Math.Min(ratio, MaximumRatio) * UnitWidth;

    private static string Text(double x, double y, string text, string attributes = "")
    {
        var escaped = System.Security.SecurityElement.Escape(text);
        return Invariant($"  <text x=\"{x:F1}\" y=\"{y:F1}\" {attributes}>{escaped}</text>\n");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
