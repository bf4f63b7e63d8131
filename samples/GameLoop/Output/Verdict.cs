using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Racing;
using GameLoop.Statistics;

namespace GameLoop.Output;

/// <summary>Compares arena with the other backends in a few sentences.</summary>
internal static class Verdict
{
    /// <summary>Returns the sentences; none where there is nothing to compare.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<MeasuredRun> runs)
    {
        var arena = runs.FirstOrDefault(static run => run.Run.Backend == Backend.Arena.Word);
        var others = runs.Where(run => run != arena && !IsOfJobs(run)).ToArray();
        if (arena is null)
            return [];
        return others.Length == 0 ? OfJobs(runs) :
        [
            Sentence("A frame on arena takes", others, other => Comparison.OfMedians(arena.Rounds, other.Rounds)),
            Sentence(
                "Its longest hundredth takes", others, other => Comparison.OfLongest(arena.Rounds, other.Rounds)),
            .. Cautions.OfNoise(runs) is null ? (string[])[] :
            [
                Sentence(
                    "Without the waiting for a core, its longest hundredth takes", others,
                    other => Comparison.OfLongest(arena.CpuRounds, other.CpuRounds)),
            ],
            .. OfJobs(runs),
        ];
    }

    // What more threads bring.
    private static string[] OfJobs(IReadOnlyList<MeasuredRun> runs)
    {
        var alone = runs.FirstOrDefault(static run => run.Run.Backend == LocalContestant.OneJobThread);
        return alone is null ? [] :
        [
            .. runs.Where(run => run != alone && IsOfJobs(run)).Select(many =>
                $"With {many.Run.Backend} a frame takes {Comparison.OfMedians(many.Rounds, alone.Rounds)} of what it "
                + "takes with one."),
        ];
    }

    private static bool IsOfJobs(MeasuredRun run) => run.Run.Backend.Contains("job thread", StringComparison.Ordinal);

    private static string Sentence(string start, MeasuredRun[] others, Func<MeasuredRun, Ratio> compare)
    {
        var ratios = others.Select(other => (other.Run.Backend, Ratio: compare(other))).ToArray();
        var parts = ratios.Select(each => $"{each.Ratio} of {each.Backend}'s");
        var unclear = ratios.Where(static each => !each.Ratio.IsClear).Select(static each => each.Backend).ToArray();
        var doubt = unclear.Length == 0 ? ""
            : $" These frames show no certain difference from {string.Join(" or ", unclear)}.";
        return $"{start} {Join([.. parts])}.{doubt}";
    }

    private static string Join(string[] parts) => parts.Length == 1 ? parts[0]
        : $"{string.Join(", ", parts[..^1])} and {parts[^1]}";
}
