using System.Globalization;
using System.Text;

namespace Arena.Bench.Traces;

/// <summary>Writes a report as tables: traces down, contestants across.</summary>
internal sealed class TraceTables(TraceReport report)
{
    private const int NameWidth = 14;
    private const int CellWidth = 14;

    // With fewer ticks, the one that 99.9 % do not exceed is the worst.
    private const int TicksForP999 = 1000;

    private readonly StringBuilder _text = new();

    public string Render()
    {
        AddSpeed();
        AddMemory();
        AddTicks("worst tick, microseconds in the allocator (warm, nothing touched)", 1, pause => pause.Largest);
        AddTicks("99.9 % of the ticks take at most", TicksForP999, pause => pause.P999);
        return _text.ToString();
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));

    private void AddSpeed()
    {
        var names = report.Traces[0].Speed.Times.ConvertAll(time => time.Contestant);
        AddHead("ns per operation (warm, nothing touched)", [.. names, "Heap/mimalloc"]);
        foreach (var row in report.Traces)
        {
            var ratio = row.Speed.Ratios.Count == 0 ? "" : Ratio(row.Speed.Ratios[0]);
            AddRow(row.Name, [.. row.Speed.Times.Select(time => Number(time.Median, "F2")), ratio]);
        }
        var means = names.Select((_, i) => GeometricMean(report.Traces.Select(row => row.Speed.Times[i].Median)));
        var ratios = report.Traces.SelectMany(row => row.Speed.Ratios).Select(ratio => ratio.Median).ToList();
        var ratioMean = ratios.Count == 0 ? "" : Number(GeometricMean(ratios), "F2");
        AddRow("geometric mean", [.. means.Select(mean => Number(mean, "F2")), ratioMean]);
    }

    private static string Ratio(Quick.Report.Ratio ratio) =>
        $"{Number(ratio.Median, "F2")} ({Number(ratio.LowerQuartile, "F2")} to {Number(ratio.UpperQuartile, "F2")})";

    private void AddMemory()
    {
        var names = report.Traces[0].Memory.ConvertAll(memory => memory.Contestant);
        if (names.Count == 0)
            return;
        AddHead("peak live / peak resident bytes (every block written)", [.. names, "Heap committed"]);
        foreach (var row in report.Traces)
            AddRow(row.Name, [.. Shares(row).Select(share => Number(share, "P1"))]);
        var all = report.Traces.ConvertAll(row => Shares(row).ToList());
        AddRow("mean", [.. all[0].Select((_, i) => Number(all.Average(shares => shares[i]), "P1"))]);
    }

    private static IEnumerable<double> Shares(TraceReport.Row row) =>
        row.Memory.Select(memory => memory.ResidentBytes)
            .Append(row.Memory.First(memory => memory.CommittedBytes is not null).CommittedBytes!.Value)
            .Select(bytes => row.PeakLiveBytes / (double)bytes);

    private void AddTicks(string title, int fewest, Func<TraceReport.Pause, double> value)
    {
        var rows = report.Traces.FindAll(row => row.Ticks.Count != 0 && row.TickCount >= fewest);
        if (rows.Count == 0)
            return;
        AddHead(title, [.. rows[0].Ticks.Select(tick => tick.Contestant)]);
        foreach (var row in rows)
            AddRow(row.Name, [.. row.Ticks.Select(tick => Number(value(tick), "F0"))]);
    }

    private void AddHead(string title, List<string> columns)
    {
        _text.Append('\n').Append(title).Append('\n');
        AddRow("", columns);
    }

    private void AddRow(string name, List<string> cells)
    {
        _text.Append(name.PadRight(NameWidth));
        foreach (var cell in cells)
            _text.Append(' ').Append(cell.PadLeft(CellWidth - 1));
        _text.Append('\n');
    }
}
