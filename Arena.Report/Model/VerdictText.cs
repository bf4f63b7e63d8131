using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Words the finding in one sentence that names lines.</summary>
internal static class VerdictText
{
    private const int MostNames = 3;
    private const double LeastShare = 0.01;

    public static VerdictModel Of(TrendReport trend, IReadOnlyList<SiteModel> sites, bool isClosed)
    {
        long? leftCount = isClosed ? sites.Sum(site => site.LeftCount ?? 0) : null;
        long? leftBytes = isClosed ? sites.Sum(site => site.LeftBytes ?? 0) : null;
        SiteModel[] growing = [.. sites.Where(site => site.Grows && site.SlopeBytesPerSecond > 0)];
        return new VerdictModel(
            LevelOf(trend.Verdict, growing.Length > 0, leftCount),
            Sentence(trend, growing, sites, leftCount, leftBytes), leftCount, leftBytes);
    }

    private static VerdictLevel LevelOf(TrendVerdict verdict, bool anyGrows, long? leftCount) =>
        (verdict, leftCount) switch
        {
            (TrendVerdict.Confirmed, _) or (_, > 0) => VerdictLevel.Leak,
            (TrendVerdict.Suspected, _) => VerdictLevel.Suspect,
            (TrendVerdict.InsufficientData, null) => VerdictLevel.Unknown,
            _ => anyGrows ? VerdictLevel.Suspect : VerdictLevel.Good,
        };

    private static string Sentence(
        TrendReport trend, SiteModel[] growing, IReadOnlyList<SiteModel> sites, long? leftCount, long? leftBytes)
    {
        var text = trend.ToString().TrimEnd('.');
        if (growing.Length > 0)
            text += "; " + WhatGrows(trend, growing);
        if (leftCount is null)
            return text + ".";
        if (leftCount == 0)
            return $"{text}; nothing was left when it closed.";
        // Allocations that are left are leaks, whatever the trend shows.
        text = text.Replace("No leak found", "the trend of the whole shows none", StringComparison.Ordinal);
        var left = sites.Where(site => site.LeftBytes > 0).OrderByDescending(site => site.LeftBytes);
        return $"{Units.Count(leftCount.Value)} allocations, {Units.Bytes(leftBytes ?? 0)}, were never freed, "
            + $"{Names(left, site => (site.LeftBytes ?? 0) / (double)(leftBytes ?? 1), " by")}; {Inner(text)}.";
    }

    // Names the lines that grow. A line may grow by less than the whole fluctuates, or at the cost of another.
    private static string WhatGrows(TrendReport trend, SiteModel[] growing) => trend.Verdict >= TrendVerdict.Negligible
        ? Names(growing.Where(site => site.Share >= LeastShare), site => site.Share, " of the growth is")
            + (growing.Any(site => site.Share > 1 + LeastShare) ? ", while others shrink" : "")
        : $"but {growing[0].Name}{Tag(growing[0])} alone grows by "
            + Units.RateLike(growing[0].SlopeBytesPerSecond, trend.DetectableBytesPerSecond)
            + (growing.Length > 1 ? $", and {growing.Length - 1} more lines do" : "");

    // "87 % of the growth is Mesh.cs:118 (Load), 9 % Ui.cs:7 (Draw)".
    private static string Names(IEnumerable<SiteModel> sites, Func<SiteModel, double> shareOf, string of)
    {
        SiteModel[] all = [.. sites];
        var names = all.Take(MostNames).Select(
            (site, i) => $"{Units.Percent(shareOf(site))}{(i == 0 ? of : "")} {site.Name}{Tag(site)}");
        var text = string.Join(", ", names);
        return all.Length > MostNames ? $"{text} and the rest {all.Length - MostNames} more lines" : text;
    }

    private static string Tag(SiteModel site) => site.Tag is null ? "" : $" [{site.Tag}]";

    // Returns the text for use within a sentence.
    private static string Inner(string text) => char.ToLowerInvariant(text[0]) + text[1..];
}
