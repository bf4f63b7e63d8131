using System.Globalization;

namespace Arena.Diagnostics;

/// <summary>The words of a report: one sentence, in units that keep the numbers between 1 and a few thousand.</summary>
internal static class TrendText
{
    public static string Sentence(TrendReport report) => report.Verdict switch
    {
        TrendVerdict.InsufficientData => Invariant(
            $"Not enough data: {report.SampleCount} samples; a trend takes at least {BlockMinima.Fewest}."),
        TrendVerdict.Flat => $"No leak found; {Unseen(report)}.",
        TrendVerdict.Step => $"No leak found: the level moved once, at {At(report.BreakSeconds)}; {Unseen(report)}.",
        TrendVerdict.Decelerating => $"No leak found: growth slowed down at {At(report.BreakSeconds)}; "
            + $"{Unseen(report)}.",
        TrendVerdict.Negligible => $"Negligible growth: {Pace(report)}.",
        TrendVerdict.Suspected => $"Suspected leak: {Pace(report)}.",
        _ => $"Confirmed leak: {Pace(report)}.",
    };

    public static string Part(SiteTrend site) =>
        Invariant($"{site.Share * 100:0} % of the growth is {site.Site} ")
        + $"({Rate(site.Trend.SlopeBytesPerSecond)}{(site.Grows ? "" : ", not shown to grow")})";

    private static string Unseen(TrendReport report) =>
        $"a leak below {Rate(report.DetectableBytesPerSecond)} would not have been seen";

    private static string Pace(TrendReport report)
    {
        SlopeInterval slope = report.FloorSlope;
        string text = Invariant($"{Rate(slope.BytesPerSecond)}, {report.Confidence * 100:0.##} % interval ")
            + $"{Rate(slope.LowerBytesPerSecond)} to {Rate(slope.UpperBytesPerSecond)}, "
            + (report.GrowthBeganSeconds > report.StartSeconds
                ? $"since {At(report.GrowthBeganSeconds)}" : "since the window began or longer");
        if (report.TimeToLimit is not { } limit)
            return text;
        return text + $"; the limit is met in {Duration(limit.EarliestSeconds)} "
            + (limit.LatestSeconds is { } latest ? $"to {Duration(latest)}" : "or later");
    }

    private static string At(double? seconds) => Invariant($"{seconds ?? 0:0.###} s");

    /// <summary>The shortest of second, minute, hour and day in which at least one byte grows.</summary>
    private static string Rate(double bytesPerSecond)
    {
        double size = Math.Abs(bytesPerSecond);
        return size switch
        {
            >= 1 => Bytes(bytesPerSecond) + "/s",
            >= 1.0 / 60 => Bytes(bytesPerSecond * 60) + "/min",
            >= 1.0 / 3600 => Bytes(bytesPerSecond * 3600) + "/h",
            _ => Bytes(bytesPerSecond * 86400) + "/d",
        };
    }

    private static string Bytes(double bytes)
    {
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        int unit = 0;
        for (; Math.Abs(bytes) >= 1024 && unit < units.Length - 1; unit++)
            bytes /= 1024;
        return Invariant($"{bytes:0.##} {units[unit]}");
    }

    private static string Duration(double seconds) => seconds switch
    {
        < 120 => Invariant($"{seconds:0.#} s"),
        < 7200 => Invariant($"{seconds / 60:0.#} min"),
        < 172800 => Invariant($"{seconds / 3600:0.#} h"),
        _ => Invariant($"{seconds / 86400:0.#} d"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
