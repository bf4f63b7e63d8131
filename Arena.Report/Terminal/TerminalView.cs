using Arena.Report.Model;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Arena.Report.Terminal;

/// <summary>The report in short, for a terminal.</summary>
internal static class TerminalView
{
    private const int MostSites = 12;
    private const int MostErrors = 4;
    private const int SparkColumns = 60;
    private const string Blocks = "▁▂▃▄▅▆▇█";

    public static IRenderable Of(ReportModel model)
    {
        var color = ColorOf(model.Verdict.Level);
        List<IRenderable> parts =
        [
            new Panel(Plain(model.Verdict.Sentence, new Style(color)))
            {
                Header = new PanelHeader(Markup.Escape(Printable.Line(model.Source.File))),
                Border = BoxBorder.Rounded,
                Expand = true,
            },
            Numbers(model),
            Plain(Slopes(model.Trend)),
            Plain($"live  {Spark(model.Series.LiveBytes, SparkColumns)}"),
        ];
        if (model.Sites.Count > 0)
            parts.Add(Sites(model));
        if (model.Frames is { } frames)
        {
            parts.Add(Plain(
                $"{Units.Count(frames.Count)} frames: median {Units.Duration(frames.MedianSeconds)}, 99 % within "
                + $"{Units.Duration(frames.P99Seconds)}, longest {Units.Duration(frames.LongestSeconds)}, "
                + $"{Units.Count(frames.OverBudget)} over {Units.Duration(frames.BudgetSeconds)}"));
        }
        if (CompactionRow.Of(model) is { Count: > 0 } rows)
            parts.Add(Compaction(rows));
        parts.AddRange(ErrorGroup.Of(model).TakeLast(MostErrors).Select(
            error => Plain($"{error.When}: {error.What}: {error.First.Text}", new Style(Color.Red))));
        if (model.Source.Problem is { } problem)
            parts.Add(Plain($"Not complete: {problem}", new Style(Color.Yellow)));
        return new Rows(parts);
    }

    public static IRenderable Of(DiffModel diff)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("Line");
        table.AddColumn(new TableColumn("bytes").RightAligned());
        table.AddColumn(new TableColumn("allocations").RightAligned());
        foreach (var row in diff.Rows.Take(2 * MostSites))
        {
            table.AddRow(
                Plain(row.Tag is null ? row.Site : $"{row.Site} [{row.Tag}]"),
                Plain(Units.Change(row.Bytes)),
                Plain((row.Count > 0 ? "+" : "") + Units.Count(row.Count)));
        }
        return new Rows(Plain(diff.Sentence), diff.Rows.Count > 0 ? table : Plain("Nothing differs by line."));
    }

    /// <summary>Renders without colours, for a file or a pipe.</summary>
    public static string AsText(IRenderable view, int columns)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = columns;
        console.Profile.Capabilities.Unicode = true;
        console.Write(view);
        return string.Join('\n', text.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()))
            .TrimEnd('\n') + "\n";
    }

    /// <summary>Draws values as a row of blocks of eight heights, the lowest value lowest.</summary>
    public static string Spark(IReadOnlyList<double> values, int columns)
    {
        if (values.Count == 0)
            return "";
        var count = Math.Min(columns, values.Count);
        double[] shown = [.. Enumerable.Range(0, count).Select(i => values[(int)((long)i * values.Count / count)])];
        var (lowest, range) = (shown.Min(), shown.Max() - shown.Min());
        return string.Concat(shown.Select(value => Blocks[HeightOf(value)]));

        int HeightOf(double value) =>
            range == 0 ? 0 : (int)Math.Min(Blocks.Length - 1, (value - lowest) / range * Blocks.Length);
    }

    private static Text Plain(string text, Style? style = null) => new(Printable.Line(text), style);

    private static Table Numbers(ReportModel model)
    {
        var numbers = model.Numbers;
        var table = new Table().Border(TableBorder.None);
        string[] names = ["live", "allocations", "peak", "committed", "process"];
        foreach (var name in names)
            table.AddColumn(new TableColumn(name).RightAligned());
        table.AddRow(
            Plain(Units.Bytes(numbers.LiveBytes)), Plain(Units.Count(numbers.LiveCount)),
            Plain(Units.Bytes(numbers.PeakLiveBytes)), Plain(Units.Bytes(numbers.CommittedBytes)),
            Plain(Units.Bytes(numbers.ResidentBytes)));
        return table;
    }

    // The verdict is about the floor, and slopes of lines add up to that of all samples.
    private static string Slopes(TrendModel trend) =>
        $"slope of all samples {Units.Rate(trend.SlopeBytesPerSecond)}"
        + (trend.FloorLowerBytesPerSecond is null
            ? "" : $", of the floor's last stretch {Units.Rate(trend.FloorBytesPerSecond)}")
        + $"; detects leaks from {Units.Rate(trend.DetectableBytesPerSecond)}";

    private static Table Sites(ReportModel model)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("line");
        foreach (var name in new[] { "live", "count", "slope", "of growth" })
            table.AddColumn(new TableColumn(name).RightAligned());
        table.AddColumn("over time");
        foreach (var site in model.Sites.Take(MostSites))
        {
            var style = site.Grows || site.LeftBytes > 0 ? new Style(Color.Red) : Style.Plain;
            table.AddRow(
                Plain(site.Tag is null ? site.Name : $"{site.Name} [{site.Tag}]", style),
                Plain(Units.Bytes(site.LiveBytes)), Plain(Units.Count(site.LiveCount)),
                Plain(Units.Rate(site.SlopeBytesPerSecond)), Plain(Units.Percent(site.GrowthShare)),
                Plain(Spark([.. site.Spark.Select(bytes => (double)bytes)], 16)));
        }
        return table;
    }

    private static Table Compaction(IReadOnlyList<CompactionRow> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("compaction");
        foreach (var name in CompactionRow.Columns)
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (var row in rows)
            table.AddRow([Plain(row.Name), .. row.Cells.Select(cell => Plain(cell))]);
        return table;
    }

    private static Color ColorOf(VerdictLevel level) => level switch
    {
        VerdictLevel.Leak => Color.Red,
        VerdictLevel.Suspect => Color.Yellow,
        VerdictLevel.Good => Color.Green,
        _ => Color.Default,
    };
}
