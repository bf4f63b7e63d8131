using System.Globalization;
using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Makes the model of a <see cref="MemorySampler"/>'s file: bytes over time, growth by line.</summary>
internal static class RecordModels
{
    private const int SparkValues = 48;

    public static ReportModel Of(MemoryRecord record, string file, ReportOptions options)
    {
        var growth = record.Analyze(new TrendOptions { LimitBytes = options.LimitBytes });
        var cells = record.Cells;
        var bytes = record.Sites.DistinctBy(part => part.Name).ToDictionary(part => part.Name, part => part.LiveBytes);
        SiteModel[] sites = [.. GrowthShares.Of([.. growth.Sites.Select(site => Site(site, bytes[site.Site]))])];
        var last = cells.Count > 0 ? cells[^1] : default;
        return new ReportModel
        {
            Source = new SourceModel(
                Printable.Line(file), "record", null, record.StartedAt, last.Seconds, Problem(record), 0, last.Seconds,
                new Dictionary<string, string>
                {
                    ["samples per cell"] = record.SamplesPerCell.ToString(CultureInfo.InvariantCulture),
                }),
            Verdict = VerdictText.Of(
                growth.Trend, sites, Problem(record) is null ? WindowEnd.Complete : WindowEnd.BrokenOff,
                last.Seconds),
            Numbers = new NumbersModel
            {
                LiveBytes = (long)last.LiveBytes,
                PeakLiveBytes = (long)cells.Select(cell => cell.PeakBytes).Append(0).Max(),
                CommittedBytes = (long)last.CommittedBytes,
                PeakCommittedBytes = (long)cells.Select(cell => cell.CommittedBytes).Append(0).Max(),
                ResidentBytes = (long)last.ResidentBytes,
            },
            Trend = TrendModel.Of(growth.Trend, options.LimitBytes),
            Series = new SeriesModel(
                [.. cells.Select(cell => cell.Seconds)], [.. cells.Select(cell => cell.LiveBytes)],
                [.. cells.Select(cell => cell.CommittedBytes)]),
            Sites = sites,
            Notes =
            [
                "The trend is that of live bytes, not of the process: it does not see what bypasses the arenas.",
                "The file is a sampler's record: it has bytes over time, and neither counts, maps, frames nor errors.",
            ],
        };
    }

    private static string? Problem(MemoryRecord record) => record.UnreadableBytes == 0
        ? null
        : $"the last {record.UnreadableBytes} bytes are no whole or valid record; everything before them was read.";

    // A record has only the name of a site.
    private static SiteModel Site(SiteTrend site, IReadOnlyList<double> bytes) => new()
    {
        Name = Printable.Line(site.Site),
        LiveBytes = bytes.Count > 0 ? (long)bytes[^1] : 0,
        Verdict = site.Trend.Verdict,
        SlopeBytesPerSecond = site.Trend.SlopeBytesPerSecond,
        Probability = site.Trend.Probability,
        Share = site.Share,
        Grows = site.Grows,
        Spark = Spark(bytes),
    };

    private static long[] Spark(IReadOnlyList<double> bytes)
    {
        var stride = Math.Max(1, bytes.Count / SparkValues);
        return [.. Enumerable.Range(0, (bytes.Count + stride - 1) / stride).Select(i => (long)bytes[i * stride])];
    }
}
