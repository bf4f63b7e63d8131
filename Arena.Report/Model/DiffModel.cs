namespace Arena.Report.Model;

/// <summary>The differences between two captures, by line of source.</summary>
internal sealed record DiffModel
{
    public const string SchemaName = "arena-report-diff/1";

    public string Schema { get; init; } = SchemaName;

    public required string Earlier { get; init; }

    public required string Later { get; init; }

    public required string Sentence { get; init; }

    public long EarlierLiveBytes { get; init; }

    public long LaterLiveBytes { get; init; }

    public double EarlierSlopeBytesPerSecond { get; init; }

    public double LaterSlopeBytesPerSecond { get; init; }

    /// <summary>The changes, growth first.</summary>
    public required IReadOnlyList<ChangeRow> Rows { get; init; }

    /// <summary>
    /// Compares two reports as of the ends of their windows. Folders of files do not count, and a line that only moved
    /// is the line that it was.
    /// </summary>
    public static DiffModel Of(ReportModel earlier, ReportModel later)
    {
        var (before, after) = (RowsOf(earlier), RowsOf(later));
        var rows = ChangeSums.Sorted(after.Concat(MovedLines.Renamed(before, after).Select(
            row => row with { Count = Saturated.Negated(row.Count), Bytes = Saturated.Negated(row.Bytes) })));
        return new DiffModel
        {
            Earlier = earlier.Source.File,
            Later = later.Source.File,
            Sentence = SentenceOf(earlier, later, rows),
            EarlierLiveBytes = earlier.Numbers.LiveBytes,
            LaterLiveBytes = later.Numbers.LiveBytes,
            EarlierSlopeBytesPerSecond = earlier.Trend.SlopeBytesPerSecond,
            LaterSlopeBytesPerSecond = later.Trend.SlopeBytesPerSecond,
            Rows = rows,
        };
    }

    private static IReadOnlyList<ChangeRow> RowsOf(ReportModel model) => ChangeSums.Sorted(model.Sites.Select(
        site => new ChangeRow(site.Name, site.Tag, site.LiveCount, site.LiveBytes)));

    private static string SentenceOf(ReportModel earlier, ReportModel later, IReadOnlyList<ChangeRow> rows)
    {
        var change = later.Numbers.LiveBytes - (double)earlier.Numbers.LiveBytes;
        var most = rows.Count > 0 ? rows[0] : null;
        return $"{later.Source.File} has {Units.Bytes(later.Numbers.LiveBytes)} alive, {Units.Change(change)} against "
            + earlier.Source.File
            + (most is { Bytes: > 0 } ? $"; most of what grew is {most.Site} with {Units.Change(most.Bytes)}." : ".");
    }
}
