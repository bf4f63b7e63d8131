using OxyPlot;
using OxyPlot.SkiaSharp;

namespace Arena.Report.Charts;

/// <summary>Renders a chart as a bitmap on white. Only this class needs native libraries.</summary>
internal static class ChartPng
{
    private const int Width = 1_280, Height = 480;
    private const float Dpi = 120;

    public static void Write(PlotModel chart, Stream output)
    {
        chart.Background = OxyColors.White;
        new PngExporter { Width = Width, Height = Height, Dpi = Dpi }.Export(chart, output);
    }
}
