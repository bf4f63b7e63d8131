using System.Globalization;
using GameLoop.Measurement;
using Spectre.Console;

namespace GameLoop.Output;

/// <summary>Frames by duration: rows that double, a bar a backend.</summary>
internal static class HistogramTable
{
    private const int BarLength = 12;

    public static Table Of(IReadOnlyList<MeasuredRun> runs)
    {
        var histograms = runs.Select(run => new FrameHistogram(run.FrameNanoseconds)).ToArray();
        var shortest = histograms.Min(histogram => histogram.MedianMilliseconds) / 4;
        var longest = histograms.Max(histogram => histogram.MaximumMilliseconds);

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("frames (ms)").RightAligned());
        foreach (var run in runs)
            table.AddColumn(run.Run.Backend);
        var from = 0.0;
        for (var to = FirstBound(shortest); from <= longest; (from, to) = (to, 2 * to))
        {
            string[] bars = [.. histograms.Select((each, i) => Bar(each.CountBetween(from, to), runs[i].Run.Frames))];
            table.AddRow([Label(from, to), .. bars]);
        }
        return table;
    }

    // Frames of 1/60 second fall on a bound: 16.67 ms times a power of two.
    private static double FirstBound(double milliseconds)
    {
        var bound = FrameHistogram.BudgetMilliseconds;
        while (bound > milliseconds)
            bound /= 2;
        return 2 * bound;
    }

    private static string Label(double from, double to) =>
        string.Create(CultureInfo.InvariantCulture, $"{from:0.##} - {to:0.##}");

    // The shortest bar is for a single frame: the tail is what matters here.
    private static string Bar(long count, int frames)
    {
        var length = (int)Math.Ceiling(BarLength * Math.Log2(1 + count) / Math.Log2(1 + frames));
        return count == 0 ? "" : $"{new string('#', length)} {count.ToString(CultureInfo.InvariantCulture)}";
    }
}
