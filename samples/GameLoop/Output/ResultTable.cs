using System.Globalization;
using GameLoop.Measurement;
using Spectre.Console;

namespace GameLoop.Output;

/// <summary>The numbers, one column for each backend.</summary>
internal static class ResultTable
{
    private const double BytesPerMebibyte = 1 << 20;

    public static Table Of(IReadOnlyList<MeasuredRun> runs)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("");
        foreach (var run in runs)
            table.AddColumn(new TableColumn(run.Run.Backend).RightAligned());

        foreach (var row in Rows(runs))
            table.AddRow(row);
        return table;
    }

    /// <summary>Returns the table's rows: a name, then a cell for each backend.</summary>
    public static IReadOnlyList<string[]> Rows(IReadOnlyList<MeasuredRun> runs)
    {
        var rows = new List<string[]>();
        Times("median frame", "", run => run.Run.FrameMs);
        Row("longest 1 % (ms)", run => Number(run.Run.FrameMs.LongestPercent));
        Row("longest (ms)", run => Number(run.Run.FrameMs.Max));
        if (runs.All(static run => run.Run.CpuMs is not null))
            Times("median", " on CPU", run => run.Run.CpuMs!);
        Row("over 16.67 ms", run => Count(new FrameHistogram(run.FrameNanoseconds).MissedFrames));
        Row("allocations/frame", run => Number(run.Run.Allocations / (double)run.Run.Frames, "N0"));
        Row("managed bytes/frame", run => Number(run.Run.ManagedBytesPerFrame, "N0"));
        Row("gen 0 / 1 / 2", run => $"{run.Run.Gen0} / {run.Run.Gen1} / {run.Run.Gen2}");
        Row("GC pauses (ms)", run => Number(run.Run.GcPauseMs));
        Row("world memory (MiB)", run => Number(run.Run.WorldBytes / BytesPerMebibyte, "N1"));
        Row("process peak (MiB)", run => Number(run.Run.PeakRssBytes / BytesPerMebibyte, "N1"));
        Row("checksum", run => run.Run.Checksum);
        Row("leaks", run => Count(run.Run.Leaks.Count));
        return rows;

        // A percentile that a run is too short for has no row.
        void Times(string median, string where, Func<MeasuredRun, FrameTimes> times)
        {
            Row($"{median}{where} (ms)", run => Number(times(run).P50));
            if (runs.All(run => times(run).P99 is not null))
                Row($"p99{where} (ms)", run => Number(times(run).P99!.Value));
            if (runs.All(run => times(run).P999 is not null))
                Row($"p99.9{where} (ms)", run => Number(times(run).P999!.Value));
        }

        void Row(string name, Func<MeasuredRun, string> cell) => rows.Add([name, .. runs.Select(cell)]);
    }

    private static string Number(double value, string format = "N2") =>
        value.ToString(format, CultureInfo.InvariantCulture);

    private static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
