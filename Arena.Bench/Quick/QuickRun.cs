using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Arena.Bench.Machine;
using Arena.Bench.Peers;

namespace Arena.Bench.Quick;

/// <summary>The table in under two minutes: <c>--quick [WORKLOAD...] [--json FILE]</c>.</summary>
internal static class QuickRun
{
    public static int Start(string[] arguments)
    {
        var json = Array.IndexOf(arguments, "--json");
        if (json >= 0 && json != arguments.Length - 2)
        {
            Console.Error.WriteLine("--quick [WORKLOAD...] [--json FILE]");
            return 2;
        }
        if (!ReleaseBuild.IsThis)
        {
            Console.Error.WriteLine(ReleaseBuild.Remedy);
            return 2;
        }
        Run(json < 0 ? arguments : arguments[..json], json < 0 ? null : arguments[^1]);
        return 0;
    }

    private static void Run(string[] workloads, string? jsonFile)
    {
        var began = Stopwatch.GetTimestamp();
        var program = PeerProgram.Compile("peer_loops", out var remedy);
        if (program is null)
            Console.WriteLine(remedy);
        using var tiers = new TierListener();
        var report = new Report(
            Machine(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, Rounds.Count, []);
        var experiments = new Suite(program).All();
        if (workloads.Length > 0)
            experiments = experiments.Concat(ContainerSuite.All()).Concat(SurfaceSuite.All())
                .Concat(GuardSuite.All(program)).Concat(HistorySuite.All());
        foreach (var (id, make) in experiments)
        {
            if (workloads.Length > 0 && !workloads.Any(w => id.StartsWith(w, StringComparison.OrdinalIgnoreCase)))
                continue;
            Core.Pin();
            using var experiment = make();
            var question = Rounds.Run(experiment);
            report.Questions.Add(question);
            Print(question);
        }
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(
            Invariant($"{report.Machine}; {report.Runtime}; {seconds:F0} s; check sum {Contestant.Sum:x}"));
        if (jsonFile is not null)
            report.Write(jsonFile);
    }

    private static void Print(Report.Question question)
    {
        Console.WriteLine();
        Console.WriteLine($"{question.Id}: {question.Title}");
        foreach (var time in question.Times.OrderBy(t => t.Median))
            Console.WriteLine(Invariant($"  {time.Contestant,-26} {time.Median,10:F2} ns per {question.Unit}"));
        foreach (var ratio in question.Ratios)
        {
            var verdict = ratio.Kept ? "kept" : "MISSED";
            Console.WriteLine(Invariant(
                $"  {ratio.Subject} / {ratio.Against}: {ratio.Median:F2} ({ratio.LowerQuartile:F2} to ")
                + Invariant($"{ratio.UpperQuartile:F2}), promise {ratio.Limit:F2}: {verdict}"));
        }
    }

    public static string Machine()
    {
        const string CpuInfo = "/proc/cpuinfo";
        var model = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        var name = model is null
            ? RuntimeInformation.ProcessArchitecture.ToString()
            : model[(model.IndexOf(':', StringComparison.Ordinal) + 2)..];
        return $"{name}, {Environment.ProcessorCount} processors";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
