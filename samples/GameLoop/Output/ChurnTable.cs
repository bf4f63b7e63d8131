using System.Globalization;
using GameLoop.Churning;
using GameLoop.Racing;
using GameLoop.Statistics;
using Spectre.Console;

namespace GameLoop.Output;

/// <summary>The cost of churn on each backend, in nanoseconds for one operation.</summary>
internal static class ChurnTable
{
    public static Table Of(RaceResult result)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("churn (ns)");
        foreach (var run in result.Runs)
            table.AddColumn(new TableColumn(run.Run.Backend).RightAligned());
        foreach (var row in Rows(result))
            table.AddRow(row);
        return table;
    }

    /// <summary>Returns the table's rows: a name, then the median round of each backend.</summary>
    public static IReadOnlyList<string[]> Rows(RaceResult result) =>
        [.. result.Churn.Select(static churn => (string[])[Name(churn.Kind), .. churn.Rounds.Select(Cell)])];

    private static string Name(ChurnKind kind) => kind switch
    {
        ChurnKind.Pair => "allocate and free 64 bytes",
        ChurnKind.Replace => "replace one of 100,000 of 64 bytes",
        ChurnKind.ReplaceAnySize => "the same, of 16 to 512 bytes",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Cell(double[] rounds)
    {
        double[] sorted = [.. rounds.Order()];
        return Percentiles.Median(sorted).ToString("N1", CultureInfo.InvariantCulture);
    }
}
