using Arena.Diagnostics;
using Arena.Report.Charts;
using Arena.Report.Elements;
using Arena.Report.Model;

namespace Arena.Report.Page;

/// <summary>Memory over time, and the numbers behind the verdict on its trend.</summary>
internal static class TrendSection
{
    public static PageSection Of(ReportModel model) => new(
        "trend",
        "Memory over time",
        model.Series.Seconds.Count < 2
            ? Html.Paragraph("There are too few samples for a picture.")
            : ChartSvg.Figure(() => MemoryChart.Of(model), "memory", MemoryChart.Describe(model)),
        Html.Note(
            "Blue is live bytes, pale outside the window of the trend; green dots are the floor, the "
            + "lowest sample of each block, on which the verdict is based; the line is least squares, its band "
            + "corrected for noise that remembers."
            + (model.Series.Seconds.Count < 2 || MemoryChart.WhereTheAxisBegins(model) is not { } begins
                ? "" : " " + begins)),
        Facts(model.Trend).ToElement());

    private static HtmlTable Facts(TrendModel trend)
    {
        var table = new HtmlTable("The trend in numbers", "<", "<")
            .Add("verdict", Words(trend.Verdict.ToString()))
            .Add("slope of all samples", Units.Rate(trend.SlopeBytesPerSecond) + Interval(
                trend.SlopeLowerBytesPerSecond, trend.SlopeUpperBytesPerSecond, trend.Confidence))
            .Add("slope of the floor's last stretch", Units.Rate(trend.FloorBytesPerSecond) + Interval(
                trend.FloorLowerBytesPerSecond, trend.FloorUpperBytesPerSecond, trend.Confidence))
            .Add("detects leaks from", Units.Rate(trend.DetectableBytesPerSecond))
            .Add("probability without a leak", trend.Probability < 0.0001
                ? "below 0.0001" : Units.Number(trend.Probability, "0.####"))
            .Add("shape of the floor", Words(trend.Shape.ToString()) + (trend.BreakSeconds is { } at
                ? $", last stretch from {Units.Duration(at)}" : ""))
            .Add("samples", $"{Units.Count(trend.SampleCount)}, as good as "
                + $"{Units.Count(trend.EffectiveSampleCount)} independent");
        if (trend.DoublingRatio is { } ratio)
            table.Add("pace kept as the window doubled", $"{Units.Number(ratio)} (a leak: about 1, a cache: 0.5)");
        if (trend.GrowthBeganSeconds is { } began)
        {
            var when = began > trend.StartSeconds ? Units.Duration(began) : "before the window, or with it";
            table.Add("growth began", when);
        }
        if (trend.LimitBytes is { } limit)
            table.Add("limit", Units.Bytes(limit) + ToLimit(trend));
        return table;
    }

    // "InsufficientData" is "insufficient data".
    private static string Words(string name) => string.Concat(name.Select(
        (c, i) => char.IsUpper(c) ? $"{(i > 0 ? " " : "")}{char.ToLowerInvariant(c)}" : $"{c}"));

    private static string Interval(double? lower, double? upper, double confidence) =>
        lower is null || upper is null
            ? ", interval unknown"
            : $" ({Units.Number(100 * confidence)} %: {Units.Rate(lower)} to {Units.Rate(upper)})";

    private static string ToLimit(TrendModel trend) => trend.EarliestSecondsToLimit is { } earliest
        ? $", met in {Units.Duration(earliest)} "
            + (trend.LatestSecondsToLimit is { } latest ? $"to {Units.Duration(latest)}" : "or later")
        : trend.Verdict >= TrendVerdict.Suspected ? "" : ", not approached";
}
