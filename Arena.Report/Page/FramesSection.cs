using Arena.Report.Charts;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>Frames against their budget.</summary>
internal static class FramesSection
{
    public static PageSection Of(ReportModel model) => model.Frames is not { } frames
        ? new PageSection(
            "frames", "Frames",
            Html.Paragraph("The game marked no frames: call LeakTracker.EndFrame at the end of each."))
        : new PageSection(
            "frames",
            "Frames",
            frames.Bars.Count < 2 ? null : ChartSvg.Figure(
                () => FrameChart.Of(frames), "frames",
                $"Times of {Units.Count(frames.Count)} frames, median {Units.Duration(frames.MedianSeconds)}, longest "
                + $"{Units.Duration(frames.LongestSeconds)}."),
            new HtmlTable("Frames in numbers", "<", "<Value")
                .Add("frames", Units.Count(frames.Count)
                    + (model.Arenas.Count > 1 ? $", of arena '{frames.Arena}'" : ""))
                .Add("median", Units.Duration(frames.MedianSeconds))
                .Add("99 % are within", Units.Duration(frames.P99Seconds))
                .Add("longest", $"{Units.Duration(frames.LongestSeconds)}, frame {Units.Count(frames.LongestFrame)}")
                .Add("over budget", $"{Units.Count(frames.OverBudget)} of {Units.Duration(frames.BudgetSeconds)} each")
                .Add("allocations a frame", $"{Units.Count(frames.AllocationsPerFrame)}, "
                    + Units.Bytes(frames.AllocatedBytesPerFrame))
                .Add("calls for pages", $"{Units.Count(frames.ColdCalls)}, {Units.Duration(frames.ColdSeconds)} in all")
                .Add("most alive within a frame", Units.Bytes(frames.PeakBytes))
                .ToElement(),
            Html.Note(
                "Times from one EndFrame to the next, tracking included, on a logarithmic scale. With too many frames "
                + "for the picture, it shows the mean and the longest of a group."));
}
