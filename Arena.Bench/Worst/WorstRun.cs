using System.Diagnostics;
using System.Globalization;
using Arena.Bench.Machine;
using Arena.Bench.Quick;

namespace Arena.Bench.Worst;

/// <summary>
/// The slowest calls: <c>--worst [SCENARIO...]</c>. Each scenario is played with ten thousand allocations and with a
/// million: a call whose time grows with that is proportional to the heap.
/// </summary>
internal static class WorstRun
{
    private const string NoTiers = "DOTNET_TieredCompilation";
    private const int Runs = 5;

    // The goal, and what begins the names of calls that allocate: the others free, trim or end a frame.
    private const double LongestMicroseconds = 20;
    private static readonly string[] Allocating = ["grow", "refill", "Allocate", "split"];
    private static readonly int[] Sizes = [10_000, 1_000_000];

    public static int Start(string[] names)
    {
        // A slow path runs too seldom for the tiers of the JIT: its first version would be measured.
        if (Environment.GetEnvironmentVariable(NoTiers) != "0")
            return Restart(names);
        if (!ReleaseBuild.IsThis)
        {
            Console.Error.WriteLine(ReleaseBuild.Remedy);
            return 2;
        }
        Core.Pin();
        var longest = new List<(string Name, double Microseconds)>();
        Console.WriteLine("us: p50, p99.99, maximum, maximum of calls without a new page; most new pages of a call");
        foreach (var scenario in PoolScenarios.All().Concat(HeapScenarios.All()).Concat(OtherScenarios.All()))
        {
            if (names.Length == 0 || names.Any(n => scenario.Name.StartsWith(n, StringComparison.OrdinalIgnoreCase)))
                Measure(scenario, longest);
        }
        PrintVerdict(longest);
        Console.WriteLine(Invariant($"{QuickRun.Machine()}; each call's least of {Runs} runs"));
        return 0;
    }

    // The longest allocation that touches no new page, and those beyond the goal.
    private static void PrintVerdict(List<(string Name, double Microseconds)> calls)
    {
        if (calls.Count == 0)
            return;
        var (name, most) = calls.MaxBy(c => c.Microseconds);
        Console.WriteLine(
            Invariant($"longest allocation without a new page: {most:F1} us ({name}), promise ")
            + Invariant($"{LongestMicroseconds:F0}: {(most <= LongestMicroseconds ? "kept" : "MISSED")}"));
        foreach (var (other, time) in calls.Where(c => c.Microseconds > LongestMicroseconds))
            Console.WriteLine(Invariant($"  above it: {other}, {time:F1} us"));
    }

    private static bool IsAllocating(string name) => Allocating.Any(word =>
        name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Contains(word, StringComparison.Ordinal));

    private static void Measure(Scenario scenario, List<(string Name, double Microseconds)> longest)
    {
        foreach (var size in Sizes)
        {
            var recorder = new Recorder();
            for (var run = 0; run < Runs; run++)
            {
                recorder.Restart();
                scenario.Play(size, recorder);
            }
            foreach (var kind in recorder.Kinds)
            {
                if (IsAllocating(kind.Name))
                    longest.Add((Invariant($"{kind.Name}, {size:N0}"), kind.LongestWithoutFault()));
                Console.WriteLine(
                    Invariant($"{kind.Name,-52} {size,9:N0} {kind.Count,9:N0} {kind.Quantile(0.5),7:F2} ")
                    + Invariant($"{kind.Quantile(0.9999),8:F2} {kind.Quantile(1),9:F1} ")
                    + Invariant($"{kind.LongestWithoutFault(),9:F1} {kind.MostFaults,6}"));
            }
        }
    }

    private static int Restart(string[] names)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(WorstRun).Assembly.Location);
        start.ArgumentList.Add("--worst");
        foreach (var name in names)
            start.ArgumentList.Add(name);
        start.Environment[NoTiers] = "0";
        using var child = Process.Start(start)!;
        child.WaitForExit();
        return child.ExitCode;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
