using Arena.Diagnostics;
using Arena.Report.Model;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Arena.Report.Charts;

/// <summary>Memory over time: all points, their floor, the line of least squares, its band, the limit.</summary>
internal static class MemoryChart
{
    private const int MostPoints = 1_000;
    private const int MostMarks = 12;
    private const double Margin = 0.15;
    private const double LeastBeginning = 0.25;

    public static PlotModel Of(ReportModel model)
    {
        var series = model.Series;
        var trend = model.Trend;
        var time = Scale.OfSeconds(series.Seconds.Append(0).Max());
        var bytes = Scale.OfBytes(series.LiveBytes.Append(0).Max());
        var plot = Canvas.New();
        plot.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom }.Dressed(time.Unit));
        plot.Axes.Add(Bytes(model, bytes));
        AddBand(plot, trend, time, bytes);
        var shown = series.Thinned(MostPoints);
        var points = shown.Seconds.Zip(shown.LiveBytes, (seconds, live) => (
            Seconds: seconds, Point: new DataPoint(seconds / time.Size, live / bytes.Size)));
        plot.AddLine(null, ChartColors.Outside, points.Select(each => each.Point));
        plot.AddLine(
            "live bytes", ChartColors.Live,
            points.Where(each => each.Seconds >= trend.StartSeconds && each.Seconds <= trend.EndSeconds)
                .Select(each => each.Point));
        plot.AddDots(
            "floor", ChartColors.Floor,
            trend.Floor.Select(each => new DataPoint(each.Seconds / time.Size, each.Bytes / bytes.Size)));
        AddFit(plot, trend, time, bytes);
        if (trend.LimitBytes is { } limit && limit / bytes.Size <= plot.Axes[1].Maximum && series.Seconds.Count > 0)
        {
            plot.AddLevel(
                $"limit {Units.Bytes(limit)}", ChartColors.Limit, limit / bytes.Size,
                series.Seconds[0] / time.Size, series.Seconds[^1] / time.Size);
        }
        AddMarks(plot, model, time);
        return plot;
    }

    /// <summary>Describes the chart in words; it must show something.</summary>
    public static string Describe(ReportModel model) =>
        $"Live bytes over {Units.Duration(model.Source.Seconds)}, from "
        + $"{Units.Bytes(model.Series.LiveBytes[0])} to "
        + $"{Units.Bytes(model.Series.LiveBytes[^1])}; least-squares slope "
        + $"{Units.Rate(model.Trend.SlopeBytesPerSecond)}.";

    /// <summary>Says where the axis of bytes begins, if that is not at 0; else null.</summary>
    public static string? WhereTheAxisBegins(ReportModel model) => RangeOf(model).Least is > 0 and var least
        ? $"The axis of bytes begins at {Units.Bytes(least)}, not at 0."
        : null;

    // Makes the axis, which fits the window: a warm-up before it or a shutdown after it would press the rest flat, and
    // is cut off. The limit is shown if that leaves the data at least a third.
    private static LinearAxis Bytes(ReportModel model, Scale scale)
    {
        var (least, most) = RangeOf(model);
        return new LinearAxis
        {
            Position = AxisPosition.Left, Minimum = least / scale.Size, Maximum = most / scale.Size,
        }.Dressed(scale.Unit + (least > 0 ? " (not from 0)" : ""));
    }

    private static (double Least, double Most) RangeOf(ReportModel model)
    {
        var inside = InWindow(model);
        var lowest = inside.DefaultIfEmpty(0).Min();
        var highest = inside.DefaultIfEmpty(1).Max();
        if (model.Trend.LimitBytes is { } limit && limit < lowest + 3 * Math.Max(highest - lowest, highest / 4))
            highest = Math.Max(highest, limit);
        var margin = Math.Max(1, Margin * Math.Max(highest - lowest, highest / 100));
        var least = Math.Max(0, lowest - margin);
        // Little is gained by a part of the axis that is nearly all of it.
        return (least < LeastBeginning * highest ? 0 : least, highest + margin);
    }

    private static double[] InWindow(ReportModel model)
    {
        var (seconds, bytes, trend) = (model.Series.Seconds, model.Series.LiveBytes, model.Trend);
        double[] inside =
        [
            .. bytes.Where((_, i) => seconds[i] >= trend.StartSeconds && seconds[i] <= trend.EndSeconds),
        ];
        return inside.Length > 1 ? inside : [.. bytes];
    }

    private static void AddFit(PlotModel plot, TrendModel trend, Scale time, Scale bytes)
    {
        if (trend.SampleCount < 3)
            return;
        double[] ends = [trend.StartSeconds, trend.EndSeconds];
        plot.AddLine("least squares", ChartColors.Line, ends.Select(seconds => new DataPoint(
            seconds / time.Size, Fit(trend, seconds, trend.SlopeBytesPerSecond) / bytes.Size)), thickness: 2);
    }

    // Adds lines of the least and the greatest slope of the interval, through the middle of the data.
    private static void AddBand(PlotModel plot, TrendModel trend, Scale time, Scale bytes)
    {
        if (trend is not { SlopeLowerBytesPerSecond: { } lower, SlopeUpperBytesPerSecond: { } upper })
            return;
        var band = new AreaSeries
        {
            Title = $"{Units.Number(100 * trend.Confidence)} % band",
            Color = OxyColors.Transparent,
            Fill = OxyColor.FromAColor(45, ChartColors.Line),
        };
        foreach (var seconds in new[] { trend.StartSeconds, trend.EndSeconds })
        {
            band.Points.Add(new DataPoint(seconds / time.Size, Fit(trend, seconds, lower) / bytes.Size));
            band.Points2.Add(new DataPoint(seconds / time.Size, Fit(trend, seconds, upper) / bytes.Size));
        }
        plot.Series.Add(band);
    }

    private static double Fit(TrendModel trend, double seconds, double slope)
    {
        var middle = (trend.StartSeconds + trend.EndSeconds) / 2;
        var height = trend.InterceptBytes + trend.SlopeBytesPerSecond * (middle - trend.StartSeconds);
        return height + slope * (seconds - middle);
    }

    private static void AddMarks(PlotModel plot, ReportModel model, Scale time)
    {
        var middle = model.Source.Seconds / 2;
        foreach (var mark in model.Events.Where(each => each.Kind == CaptureEventKind.Mark).Take(MostMarks))
        {
            // A label is beside the line: if that rises, an early label is above it, a late one below.
            var isLate = mark.Seconds > middle;
            var isLow = isLate == model.Trend.SlopeBytesPerSecond >= 0;
            plot.Annotations.Add(new LineAnnotation
            {
                Type = LineAnnotationType.Vertical,
                X = mark.Seconds / time.Size,
                Color = ChartColors.Mark,
                TextColor = ChartColors.Mark,
                Text = Printable.Line(mark.Text.Length <= 24 ? mark.Text : mark.Text[..23] + "…"),
                TextOrientation = AnnotationTextOrientation.Vertical,
                TextLinePosition = isLow ? 0.02 : 0.98,
                TextVerticalAlignment = isLate ? VerticalAlignment.Bottom : VerticalAlignment.Top,
                TextHorizontalAlignment = isLow ? HorizontalAlignment.Left : HorizontalAlignment.Right,
            });
        }
    }
}
