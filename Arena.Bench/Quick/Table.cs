using System.Globalization;
using Arena.Bench.Contestants;

namespace Arena.Bench.Quick;

/// <summary>A workload's results as text: who checks frees stands beside the times and in the ratios.</summary>
internal static class Table
{
    private const string Arena = "Arena ";

    private static readonly string[] CheckedNames = ["Pool", "Heap", "SharedHeap", "SharedPool"];
    private static readonly string[] UncheckedNames = ["NativeMemory", "Marshal.AllocHGlobal", "ArrayPool.Shared"];

    /// <summary>Returns who checks frees among those in this process, by the name in the table.</summary>
    public static FreeCheck FreesOf(string contestant)
    {
        if (UncheckedNames.Contains(contestant) || contestant.EndsWith(" from C#", StringComparison.Ordinal))
            return FreeCheck.Unchecked;
        return contestant.StartsWith(Arena, StringComparison.Ordinal)
            && CheckedNames.Contains(contestant[Arena.Length..].Split('.', ',')[0])
            ? FreeCheck.Checked
            : FreeCheck.None;
    }

    /// <summary>Returns the word for it; nothing where nothing is freed.</summary>
    public static string Word(FreeCheck frees) => frees switch
    {
        FreeCheck.Checked => "checked",
        FreeCheck.Unchecked => "unchecked",
        _ => "",
    };

    public static IEnumerable<string> Lines(Report.Question question)
    {
        yield return $"{question.Id}: {question.Title}";
        foreach (var time in question.Times.OrderBy(t => t.Median))
        {
            yield return Invariant(
                $"  {time.Contestant,-26} {Word(time.Frees),-9} {time.Median,10:F2} ns per {question.Unit}");
        }
        foreach (var ratio in question.Ratios)
            yield return Line(question, ratio);
    }

    /// <summary>Returns what is divided by what, with the rival's mark.</summary>
    public static string Label(Report.Question question, Report.Ratio ratio)
    {
        var mark = question.Times.Find(t => t.Contestant == ratio.Against) is { } against
            && against.Frees != FreeCheck.None
                ? $" ({Word(against.Frees)})"
                : "";
        return $"{ratio.Subject} / {ratio.Against}{mark}";
    }

    private static string Line(Report.Question question, Report.Ratio ratio)
    {
        var verdict = ratio.Limit is not { } limit
            ? "no promise"
            : Invariant($"promise {limit:F2}: {(ratio.Kept ? "kept" : "MISSED")}");
        if (ratio is { Kept: false, Floor: { } floor })
            verdict += Invariant($"; floor {floor:F2}");
        return Invariant($"  {Label(question, ratio)}: {ratio.Median:F2} ")
            + Invariant($"({ratio.LowerQuartile:F2} to {ratio.UpperQuartile:F2}), {verdict}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
