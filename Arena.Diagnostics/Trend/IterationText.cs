using System.Globalization;
using System.Text;

namespace Arena.Diagnostics;

/// <summary>Words a trend over iterations, for a <see cref="LeakAssert"/>.</summary>
internal static class IterationText
{
    private const int SitesShown = 10;

    /// <summary>Returns the finding in one sentence.</summary>
    public static string Sentence(TrendReport report)
    {
        var text = Invariant($"{report.SampleCount} iterations of {report.Subject}");
        return report.Verdict switch
        {
            TrendVerdict.InsufficientData => $"{text} are not enough to see growth.",
            TrendVerdict.Flat => $"{text} leave nothing behind; {Unseen(report)}.",
            TrendVerdict.Step => $"{text} leave nothing behind: the level moved once, at {At(report)}; "
                + $"{Unseen(report)}.",
            TrendVerdict.Decelerating => $"{text} leave nothing behind: growth slowed down"
                + (report.BreakSeconds is null ? "" : $" at {At(report)}") + $"; {Unseen(report)}.",
            TrendVerdict.Negligible => $"{text} leave next to nothing behind: "
                + $"{Bytes(report.FloorSlope.BytesPerSecond)} each.",
            _ => Growth(report),
        };
    }

    /// <summary>Returns one site's part in the growth.</summary>
    public static string Part(SiteTrend site) =>
        TrendText.Part(site.Share, site.Site)
        + $" ({Bytes(site.Trend.SlopeBytesPerSecond)} an iteration{(site.Grows ? "" : ", not shown to grow")})";

    /// <summary>Returns the message of an exception.</summary>
    public static string Message(TrendReport trend, IReadOnlyList<SiteTrend> sites)
    {
        var text = new StringBuilder(Growth(trend));
        var growing = sites.Where(site => site.Grows).ToArray();
        // If no single part is shown to grow, the larger parts are listed.
        if (growing.Length == 0)
            growing = [.. sites.Where(site => site.Share > 0.05)];
        foreach (var site in growing.Take(SitesShown))
        {
            var share = TrendText.IsAboveTotal(site.Share) ? "over 100 %" : Invariant($"{site.Share * 100:0} %");
            text.Append(CultureInfo.InvariantCulture, $"\n  {share} {site.Site}: ")
                .Append(Bytes(site.Trend.SlopeBytesPerSecond)).Append(" an iteration");
        }
        return text.ToString();
    }

    /// <summary>Formats a number of bytes, which may be a fraction.</summary>
    public static string Bytes(double bytes) => Math.Abs(bytes) is > 0 and < 0.001
        ? Invariant($"{bytes:0.#e0} bytes")
        : Invariant($"{bytes:0.###} bytes");

    private static string Growth(TrendReport trend)
    {
        var slope = trend.FloorSlope;
        return $"Live bytes grow by {Bytes(slope.BytesPerSecond)} an iteration, "
            + Invariant($"{trend.Confidence * 100:0.##} % interval {Bytes(slope.LowerBytesPerSecond)} to ")
            + Invariant($"{Bytes(slope.UpperBytesPerSecond)}, over {trend.SampleCount} iterations")
            + (trend.BreakSeconds is null ? "." : $", from {At(trend)} on.");
    }

    private static string Unseen(TrendReport report) =>
        $"a leak below {Bytes(report.DetectableBytesPerSecond)} an iteration would not have been found";

    private static string At(TrendReport report) => Invariant($"iteration {report.BreakSeconds ?? 0:0}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
