using Arena.Report.Model;
using OxyPlot;
using OxyPlot.Axes;

namespace Arena.Report.Charts;

/// <summary>Frame durations in order, against the budget.</summary>
internal static class FrameChart
{
    private const double Milliseconds = 1_000;
    private const double Least = 0.001;

    public static PlotModel Of(FramesModel frames)
    {
        var time = Scale.OfSeconds(frames.Bars[^1].Seconds);
        var budget = frames.BudgetSeconds * Milliseconds;
        var plot = Canvas.New();
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom }.Dressed(time.Unit));
        plot.Axes.Add(new LogarithmicAxis
        {
            Position = AxisPosition.Left,
            Minimum = frames.Bars.Select(bar => Ms(bar.MeanSeconds)).Append(budget).Min() * 0.7,
            Maximum = frames.Bars.Select(bar => Ms(bar.LongestSeconds)).Append(budget).Max() * 1.4,
        }.Dressed("ms, logarithmic"));
        plot.AddLine("longest", ChartColors.Outside, frames.Bars.Select(
            bar => new DataPoint(bar.Seconds / time.Size, Ms(bar.LongestSeconds))));
        plot.AddLine("mean", ChartColors.Live, frames.Bars.Select(
            bar => new DataPoint(bar.Seconds / time.Size, Ms(bar.MeanSeconds))));
        plot.AddLevel(
            $"budget {Units.Duration(frames.BudgetSeconds)}", ChartColors.Limit, budget,
            frames.Bars[0].Seconds / time.Size, frames.Bars[^1].Seconds / time.Size);
        return plot;
    }

    // A logarithm has no zero.
    private static double Ms(double seconds) => Math.Max(Least, seconds * Milliseconds);
}
