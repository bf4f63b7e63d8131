using System.Globalization;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Arena.Report.Charts;

/// <summary>The shared parts of all charts: fonts, colours, axes, lines.</summary>
internal static class Canvas
{
    private const string Font = "sans-serif";

    public static PlotModel New() => new()
    {
        DefaultFont = Font,
        TextColor = ChartColors.Faint,
        PlotAreaBorderColor = ChartColors.Grid,
        PlotAreaBorderThickness = new OxyThickness(0, 0, 0, 1),
        Background = OxyColors.Transparent,
        // The last label of an axis reaches out by half.
        Padding = new OxyThickness(4, 4, 18, 4),
        Legends =
        {
            new Legend
            {
                LegendPosition = LegendPosition.TopLeft,
                LegendPlacement = LegendPlacement.Outside,
                LegendOrientation = LegendOrientation.Horizontal,
                LegendTextColor = ChartColors.Ink,
                LegendLineSpacing = 4,
            },
        },
    };

    public static T Dressed<T>(this T axis, string title)
        where T : Axis
    {
        axis.Title = title;
        axis.TitleColor = ChartColors.Faint;
        axis.TextColor = ChartColors.Faint;
        axis.TicklineColor = ChartColors.Grid;
        axis.MajorGridlineColor = ChartColors.Grid;
        axis.MajorGridlineStyle = axis.Position == AxisPosition.Left ? LineStyle.Solid : LineStyle.None;
        axis.AxisTitleDistance = axis.Position == AxisPosition.Left ? 16 : 10;
        axis.MinorTickSize = 0;
        axis.LabelFormatter = value => value.ToString("#,0.######", CultureInfo.InvariantCulture);
        axis.IntervalLength = axis.Position == AxisPosition.Left ? 45 : 75;
        return axis;
    }

    public static void AddLine(
        this PlotModel plot, string? title, OxyColor color, IEnumerable<DataPoint> points, double thickness = 1.5)
    {
        var line = new LineSeries { Title = title, Color = color, StrokeThickness = thickness };
        line.Points.AddRange(points);
        plot.Series.Add(line);
    }

    public static void AddDots(this PlotModel plot, string title, OxyColor color, IEnumerable<DataPoint> points)
    {
        var dots = new ScatterSeries
        {
            Title = title, MarkerType = MarkerType.Circle, MarkerSize = 2.5, MarkerFill = color,
        };
        dots.Points.AddRange(points.Select(point => new ScatterPoint(point.X, point.Y)));
        plot.Series.Add(dots);
    }

    public static void AddLevel(this PlotModel plot, string text, OxyColor color, double y) =>
        plot.Annotations.Add(new LineAnnotation
        {
            Type = LineAnnotationType.Horizontal,
            Y = y,
            Color = color,
            TextColor = color,
            Text = text,
            TextLinePosition = 0.02,
            TextHorizontalAlignment = HorizontalAlignment.Left,
        });
}
