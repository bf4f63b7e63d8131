using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Words the finding in one sentence that names lines.</summary>
internal static class VerdictText
{
    private const int MostNames = 3;
    private const double LeastShare = 0.01;

    // The beginning of a sentence of a trend.
    private const string NoLeak = "No leak found";

    /// <summary>Makes the finding.</summary>
    /// <param name="trend">The trend of the whole.</param>
    /// <param name="sites">The lines, each with its part in the trend.</param>
    /// <param name="end">The kind of the end of the window.</param>
    /// <param name="seconds">The end of the window.</param>
    public static VerdictModel Of(
        TrendReport trend, IReadOnlyList<SiteModel> sites, WindowEnd end, double seconds)
    {
        var isClosed = end == WindowEnd.Closed;
        long? leftCount = isClosed ? sites.Sum(site => site.LeftCount ?? 0) : null;
        long? leftBytes = isClosed ? sites.Sum(site => site.LeftBytes ?? 0) : null;
        SiteModel[] growing = [.. sites.Where(site => site.Grows && site.SlopeBytesPerSecond > 0)];
        var level = LevelOf(trend.Verdict, growing.Length > 0, leftCount);
        var text = string.Join("; ", Trend(trend, growing, sites));
        if (leftCount is { } count)
            return new VerdictModel(level, WithLeft(text, sites, count, leftBytes ?? 0), leftCount, leftBytes);
        if (level == VerdictLevel.Good && WhyNotKnown(trend, sites, end, seconds) is { } why)
            return new VerdictModel(VerdictLevel.Unknown, $"Not known whether it leaks: {why}.", null, null);
        if (level == VerdictLevel.Suspect)
            text = text.Replace(NoLeak, "The trend of the whole shows no leak", StringComparison.Ordinal);
        return new VerdictModel(
            level, $"{text}{(level <= VerdictLevel.Good ? Alive(sites, end, seconds) : "")}.", null, null);
    }

    // Returns null, or why a trend that shows no leak is no finding: what is alive may be leaked.
    private static string? WhyNotKnown(
        TrendReport trend, IReadOnlyList<SiteModel> sites, WindowEnd end, double seconds)
    {
        var isAnyAlive = sites.Any(site => site.LiveCount > 0 || site.LiveBytes > 0);
        var why = end switch
        {
            WindowEnd.BrokenOff => "the file ends before the game does",
            WindowEnd.GoesOn when isAnyAlive => $"the game went on after {Units.Duration(seconds)}",
            WindowEnd.Complete when isAnyAlive && IsTooShort(trend, sites) => "the window is too short for a finding",
            _ => null,
        };
        var shown = trend.ToString().TrimEnd('.').Replace(
            NoLeak, "the trend up to there shows no leak", StringComparison.Ordinal);
        return why is null ? null : $"{why}{Alive(sites, end, seconds)}; {Inner(shown)}";
    }

    // Half of what is alive could have been leaked in the window without being seen.
    private static bool IsTooShort(TrendReport trend, IReadOnlyList<SiteModel> sites) =>
        trend.DetectableBytesPerSecond * (trend.EndSeconds - trend.StartSeconds)
            >= sites.Sum(site => (double)site.LiveBytes) / 2;

    private static VerdictLevel LevelOf(TrendVerdict verdict, bool anyGrows, long? leftCount) =>
        (verdict, leftCount) switch
        {
            (TrendVerdict.Confirmed, _) or (_, > 0) => VerdictLevel.Leak,
            (TrendVerdict.Suspected, _) => VerdictLevel.Suspect,
            (TrendVerdict.InsufficientData, null) => VerdictLevel.Unknown,
            _ => anyGrows ? VerdictLevel.Suspect : VerdictLevel.Good,
        };

    private static IEnumerable<string> Trend(
        TrendReport trend, SiteModel[] growing, IReadOnlyList<SiteModel> sites)
    {
        yield return trend.ToString().TrimEnd('.');
        if (growing.Length == 0)
            yield break;
        if (trend.Verdict < TrendVerdict.Negligible)
            yield return OneGrows(growing, trend.DetectableBytesPerSecond);
        else if (Names(growing.Where(site => site.GrowthShare >= LeastShare), site => site.GrowthShare,
            " of the growth is") is { } names)
            yield return names + Shrinking(sites);
    }

    private static string WithLeft(string text, IReadOnlyList<SiteModel> sites, long count, long bytes)
    {
        if (count == 0)
            return $"{text}; nothing was left when it closed.";
        // Allocations that are left are leaks, whatever the trend shows.
        text = text.Replace(NoLeak, "the trend of the whole shows none", StringComparison.Ordinal);
        return $"{WhatIs(sites, "never freed", site => (site.LeftCount ?? 0, site.LeftBytes ?? 0), count, bytes)}; "
            + $"{Inner(text)}.";
    }

    // Without a mark for the closing, or where the file breaks off, it is open what would have been freed.
    private static string Alive(IReadOnlyList<SiteModel> sites, WindowEnd end, double seconds)
    {
        var (count, bytes) = (sites.Sum(site => site.LiveCount), sites.Sum(site => site.LiveBytes));
        if (count == 0 && bytes == 0)
            return "";
        var when = end switch
        {
            WindowEnd.Complete => "alive at the end",
            WindowEnd.FreedLater => $"alive at {Units.Duration(seconds)}, and all was freed later",
            _ => $"alive at {Units.Duration(seconds)}",
        };
        return "; " + WhatIs(sites, when, site => (site.LiveCount, site.LiveBytes), count, bytes);
    }

    // "324 allocations, 162 KiB, were never freed, 96 % by Mesh.cs:118 (Load)".
    private static string WhatIs(
        IReadOnlyList<SiteModel> sites, string what, Func<SiteModel, (long Count, long Bytes)> valueOf, long count,
        long bytes)
    {
        var named = sites.Where(site => valueOf(site).Bytes > 0).OrderByDescending(site => valueOf(site).Bytes);
        // A sampler's record has bytes only.
        return (count == 0 ? "" : $"{Units.Count(count, "allocation")}, ") + Units.Bytes(bytes)
            + $"{(count == 0 ? "" : ",")} {(count == 1 ? "was" : "were")} {what}"
            + (Names(named, site => valueOf(site).Bytes / (double)bytes, " by") is { } names ? $", {names}" : "");
    }

    // Names a line that grows by less than the whole fluctuates, or at the cost of another.
    private static string OneGrows(SiteModel[] growing, double detectable)
    {
        var more = growing.Length - 1;
        return $"but {growing[0].Name}{Tag(growing[0])} alone grows by "
            + Units.RateLike(growing[0].SlopeBytesPerSecond, detectable)
            + (more > 0 ? $", and {Units.Count(more, "more line")} {(more == 1 ? "does" : "do")}" : "");
    }

    private static string Shrinking(IReadOnlyList<SiteModel> sites)
    {
        var shrinks = sites.Sum(site => Math.Max(0, -site.SlopeBytesPerSecond));
        return shrinks > LeastShare * sites.Sum(site => Math.Max(0, site.SlopeBytesPerSecond))
            ? $", while other lines shrink by {Units.Rate(shrinks)}"
            : "";
    }

    // "87 % of the growth is Mesh.cs:118 (Load), 9 % Ui.cs:7 (Draw)"; null for no lines.
    private static string? Names(IEnumerable<SiteModel> sites, Func<SiteModel, double> shareOf, string of)
    {
        SiteModel[] all = [.. sites];
        if (all.Length == 0)
            return null;
        var names = all.Take(MostNames).Select(
            (site, i) => $"{Units.Percent(shareOf(site))}{(i == 0 ? of : "")} {site.Name}{Tag(site)}");
        var text = string.Join(", ", names);
        return all.Length > MostNames
            ? $"{text} and the rest {Units.Count(all.Length - MostNames, "more line")}" : text;
    }

    private static string Tag(SiteModel site) => site.Tag is null ? "" : $" [{site.Tag}]";

    // Returns the text for use within a sentence.
    private static string Inner(string text) => char.ToLowerInvariant(text[0]) + text[1..];
}
