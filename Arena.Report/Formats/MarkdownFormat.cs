using System.Text;
using System.Text.RegularExpressions;
using Arena.Report.Model;

namespace Arena.Report.Formats;

/// <summary>The report in short, for a comment of a build server.</summary>
internal static partial class MarkdownFormat
{
    // A character that no printable text has.
    private const char Cut = '\u0001';

    private const int MostSites = 10;
    private const int MostErrors = 5;
    private const int MostTextOfError = 200;

    public static string Of(ReportModel model)
    {
        var text = new StringBuilder();
        Line(text, $"{Sign(model.Verdict.Level)} **{Escape(model.Verdict.Sentence)}**");
        if (model.Source.Problem is { } problem)
            Line(text, $"The file is not complete: {Escape(problem)}");
        Numbers(text, model);
        Sites(text, model);
        if (model.Change is { Rows.Count: > 0 } change)
        {
            var most = change.Rows.Where(row => row.Bytes > 0).Take(3).Select(
                row => $"{Escape(row.Site)} {Units.Change(row.Bytes)}");
            Line(text, $"From {Escape(change.From)} to {Escape(change.To)}: "
                + (most.Any() ? string.Join(", ", most) : "nothing grew") + ".");
        }
        Compaction(text, model);
        Errors(text, model);
        Line(text, $"<sub>{Escape(model.Source.File)}, {Units.Duration(model.Source.Seconds)}, "
            + $"{model.Trend.SampleCount} samples judged. Arena.Report</sub>");
        return text.ToString();
    }

    public static string Of(DiffModel diff)
    {
        var text = new StringBuilder();
        Line(text, Escape(diff.Sentence));
        if (diff.Rows.Count > 0)
        {
            text.Append("| Line | bytes | allocations |\n|---|--:|--:|\n");
            foreach (var row in diff.Rows.Take(2 * MostSites))
            {
                text.Append($"| {Escape(row.Site)}{Tag(row.Tag)} | {Units.Change(row.Bytes)} | ")
                    .Append($"{(row.Count > 0 ? "+" : "")}{Units.Count(row.Count)} |\n");
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Escapes text, so that nothing in it is markup, a link, a mention, or the end of a cell.</summary>
    /// <remarks>
    /// Build servers look for addresses, mentions and numbers of issues in the rendered text, in which an entity is a
    /// character again. A comment within such a word splits it into two texts that are neither.
    /// </remarks>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in MayBeLinked().Replace(Printable.Line(text), "$1" + Cut))
        {
            _ = c switch
            {
                Cut => escaped.Append("<!-- -->"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                '@' => escaped.Append("&#64;"),
                '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '~' or '!' => escaped.Append('\\').Append(c),
                _ => escaped.Append(c),
            };
        }
        return escaped.Replace("//", "&#47;&#47;").ToString();
    }

    // The end of a scheme, "www" before its dot, an "@", and the signs that number an issue.
    [GeneratedRegex(@"(@|:(?=//)|\b(?:mailto|xmpp|tel):|www(?=\.)|#(?=\d)|\bGH-(?=\d))",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MayBeLinked();

    private static void Numbers(StringBuilder text, ReportModel model)
    {
        var numbers = model.Numbers;
        var trend = model.Trend;
        text.Append("| live | peak | committed | slope of all samples | slope of the floor's last stretch ")
            .Append("| detects leaks from |\n|--:|--:|--:|--:|--:|--:|\n");
        Line(text, $"| {Units.Bytes(numbers.LiveBytes)} in {Units.Count(numbers.LiveCount)} "
            + $"| {Units.Bytes(numbers.PeakLiveBytes)} | {Units.Bytes(numbers.CommittedBytes)} "
            + $"| {Units.Rate(trend.SlopeBytesPerSecond)} "
            + $"| {(trend.FloorLowerBytesPerSecond is null ? "unknown" : Units.Rate(trend.FloorBytesPerSecond))} "
            + $"| {Units.Rate(trend.DetectableBytesPerSecond)} |");
    }

    private static void Sites(StringBuilder text, ReportModel model)
    {
        SiteModel[] sites =
        [
            .. model.Sites.Where(site => site.Grows || site.LeftBytes > 0).Take(MostSites),
        ];
        if (sites.Length == 0)
            return;
        var isClosed = model.Verdict.LeftCount is not null;
        text.Append($"| Line | live | count |{(isClosed ? " never freed |" : "")} slope | of the growth |\n")
            .Append($"|---|--:|--:|{(isClosed ? "--:|" : "")}--:|--:|\n");
        foreach (var site in sites)
        {
            text.Append($"| {Escape(site.Name)}{Tag(site.Tag)} | {Units.Bytes(site.LiveBytes)} ")
                .Append($"| {Units.Count(site.LiveCount)} |")
                .Append(isClosed ? $" {Units.Bytes(site.LeftBytes ?? 0)} |" : "")
                .Append($" {Units.Rate(site.SlopeBytesPerSecond)} | {Units.Percent(site.GrowthShare)} |\n");
        }
        text.Append('\n');
    }

    private static void Compaction(StringBuilder text, ReportModel model)
    {
        var rows = CompactionRow.Of(model);
        if (rows.Count == 0)
            return;
        text.Append($"| Compaction | {string.Join(" | ", CompactionRow.Columns)} |\n|---|")
            .Append(string.Concat(CompactionRow.Columns.Select(_ => "--:|"))).Append('\n');
        foreach (var row in rows)
            text.Append($"| {Escape(row.Name)} | {string.Join(" | ", row.Cells)} |\n");
        text.Append('\n');
    }

    private static void Errors(StringBuilder text, ReportModel model)
    {
        var errors = ErrorGroup.Of(model);
        foreach (var error in errors.Take(MostErrors))
        {
            var message = error.First.Text;
            message = message.Length <= MostTextOfError ? message : message[..MostTextOfError] + "…";
            text.Append($"- {error.When}: {error.What}: {Escape(message)}\n");
        }
        if (errors.Count > MostErrors)
            text.Append($"- and {Units.Count(errors.Count - MostErrors)} more\n");
        if (errors.Count > 0)
            text.Append('\n');
    }

    private static string Sign(VerdictLevel level) => level switch
    {
        VerdictLevel.Leak => "🔴",
        VerdictLevel.Suspect => "🟡",
        VerdictLevel.Good => "🟢",
        _ => "⚪",
    };

    private static string Tag(string? tag) => tag is null ? "" : $" \\[{Escape(tag)}\\]";

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\n\n");
}
