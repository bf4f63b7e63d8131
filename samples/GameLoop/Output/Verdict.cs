using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Statistics;

namespace GameLoop.Output;

/// <summary>What a run says about arena and the other backends, in two sentences.</summary>
internal static class Verdict
{
    /// <summary>Returns the sentences; none where there is nothing to compare.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<MeasuredRun> runs)
    {
        var arena = runs.FirstOrDefault(static run => run.Run.Backend == Backend.Arena.Word);
        var others = runs.Where(run => run != arena).ToArray();
        if (arena is null || others.Length == 0)
            return [];
        return
        [
            Sentence("A frame on arena takes", others, other => Comparison.OfMedians(arena.Rounds, other.Rounds)),
            Sentence(
                "Its longest hundredth takes", others, other => Comparison.OfLongest(arena.Rounds, other.Rounds)),
        ];
    }

    private static string Sentence(string start, MeasuredRun[] others, Func<MeasuredRun, Ratio> compare)
    {
        var ratios = others.Select(other => (other.Run.Backend, Ratio: compare(other))).ToArray();
        var parts = ratios.Select(each => $"{each.Ratio} of {each.Backend}'s");
        var unclear = ratios.Where(static each => !each.Ratio.IsClear).Select(static each => each.Backend).ToArray();
        var doubt = unclear.Length == 0 ? ""
            : $" Between arena and {string.Join(" and ", unclear)} these frames show no certain difference.";
        return $"{start} {Join([.. parts])}.{doubt}";
    }

    private static string Join(string[] parts) => parts.Length == 1 ? parts[0]
        : $"{string.Join(", ", parts[..^1])} and {parts[^1]}";
}
