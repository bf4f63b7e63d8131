using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>
/// Finds the changes between the first and the last snapshot of the window or, if it has fewer than two, between its
/// first and its last sample.
/// </summary>
internal static class ChangeSums
{
    public static ChangeModel? Of(MemoryCapture capture, int[] window, bool isClosed)
    {
        // The last snapshot is taken when the capture ends; after a closing mark it does not show the game any more.
        var snapshots = capture.Snapshots.SkipLast(isClosed && capture.Snapshots.Count > 2 ? 1 : 0).ToArray();
        if (snapshots.Length >= 2)
        {
            var (first, last) = (snapshots[0], snapshots[^1]);
            return new ChangeModel(
                Printable.Line(first.Name), first.Seconds, Printable.Line(last.Name), last.Seconds,
                Rows(first.DifferenceTo(last)));
        }
        if (window.Length < 2)
            return null;
        var (from, to) = (window[0], window[^1]);
        var rows = capture.Sites.Where(site => site.Bytes.Count > to).Select(site => new ChangeRow(
            SiteSums.NameOf(site.Source), Printable.LineOrNull(site.Tag),
            site.Counts[to] - site.Counts[from], site.Bytes[to] - site.Bytes[from]));
        return capture.SampleSeconds.Count <= to ? null : new ChangeModel(
            "the window's first sample", capture.SampleSeconds[from],
            "its last", capture.SampleSeconds[to], Sorted(rows));
    }

    /// <summary>Adds up rows of one site, drops what stayed, and puts growth first.</summary>
    public static IReadOnlyList<ChangeRow> Sorted(IEnumerable<ChangeRow> rows) =>
    [
        .. rows.GroupBy(row => (row.Site, row.Tag))
            .Select(same => new ChangeRow(
                same.Key.Site, same.Key.Tag, Saturated.Sum(same.Select(row => row.Count)),
                Saturated.Sum(same.Select(row => row.Bytes))))
            .Where(row => row.Count != 0 || row.Bytes != 0)
            .OrderByDescending(row => row.Bytes)
            .ThenBy(row => row.Site, StringComparer.Ordinal)
            .ThenBy(row => row.Tag, StringComparer.Ordinal),
    ];

    private static IReadOnlyList<ChangeRow> Rows(IEnumerable<SnapshotRow> rows) => Sorted(rows.Select(
        row => new ChangeRow(
            SiteSums.NameOf(row.Source), Printable.LineOrNull(row.Tag), row.Count, row.Bytes)));
}
