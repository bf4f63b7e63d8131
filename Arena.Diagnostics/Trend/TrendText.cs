using System.Globalization;

namespace Arena.Diagnostics;

/// <summary>Words a report in one sentence, in units that keep the numbers between 1 and a few thousand.</summary>
internal static class TrendText
{
    public static string Sentence(TrendReport report) => report.Verdict switch
    {
        TrendVerdict.InsufficientData => Invariant(
            $"Not enough data: {report.SampleCount} sample{(report.SampleCount == 1 ? "" : "s")}; a trend takes at ")
            + Invariant($"least {BlockMinima.Fewest}."),
        TrendVerdict.Flat => $"No leak found; {Unseen(report)}.",
        TrendVerdict.Step => $"No leak found: the level moved once, at {At(report.BreakSeconds)}; {Unseen(report)}.",
        TrendVerdict.Decelerating => "No leak found: growth slowed down"
            + (report.BreakSeconds is { } seconds ? $" at {At(seconds)}" : "") + $"; {Unseen(report)}.",
        TrendVerdict.Negligible => $"Negligible growth: {Pace(report)}.",
        TrendVerdict.Suspected => $"Suspected leak: {Pace(report)}.",
        _ => $"Confirmed leak: {Pace(report)}.",
    };

    public static string Part(SiteTrend site) =>
        Part(site.Share, site.Site)
        + $" ({Rate(site.Trend.SlopeBytesPerSecond)}{(site.Grows ? "" : ", not shown to grow")})";

    /// <summary>Words a share.</summary>
    public static string Part(double share, string site) => share switch
    {
        _ when IsAboveTotal(share) => $"{site} grows by more than the total, as others shrink",
        < -0.005 => $"{site} moves against the total",
        _ => Invariant($"{share * 100:0} % of the growth is {site}"),
    };

    /// <summary>
    /// Returns true for more than is shown as 100 %: where others shrink, which is not a part of anything.
    /// </summary>
    public static bool IsAboveTotal(double share) => share > 1.005;

    private static string Unseen(TrendReport report) =>
        $"a leak below {Rate(report.DetectableBytesPerSecond)} would not have been found";

    private static string Pace(TrendReport report)
    {
        var slope = report.FloorSlope;
        // Rates in one sentence have one unit, chosen for the most important one.
        var unit = RateUnit.Of(slope.BytesPerSecond);
        string uneven = slope.LowerBytesPerSecond <= 0 && report.Verdict == TrendVerdict.Confirmed
            ? " at an uneven pace" : "";
        string text = unit.Text(slope.BytesPerSecond) + uneven
            + Invariant($", {report.Confidence * 100:0.##} % interval ")
            + $"{unit.Text(slope.LowerBytesPerSecond)} to {unit.Text(slope.UpperBytesPerSecond)}, "
            + (report.GrowthBeganSeconds > report.StartSeconds
                ? $"since {At(report.GrowthBeganSeconds)}" : "since the window began or longer");
        if (report.TimeToLimit is not { } limit)
            return text;
        return text + $"; the limit is met in {Duration(limit.EarliestSeconds)} "
            + (limit.LatestSeconds is { } latest ? $"to {Duration(latest)}" : "or later");
    }

    private static string At(double? seconds) => Invariant($"{seconds ?? 0:0.###} s");

    private static string Rate(double bytesPerSecond) => RateUnit.Of(bytesPerSecond).Text(bytesPerSecond);

    /// <summary>Formats a time in the longest unit in which it is at least two.</summary>
    internal static string Duration(double seconds) => seconds switch
    {
        < 120 => Invariant($"{seconds:0.##} s"),
        < 7200 => Invariant($"{seconds / 60:0.#} min"),
        < 172800 => Invariant($"{seconds / 3600:0.#} h"),
        _ => Invariant($"{seconds / 86400:0.#} d"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
