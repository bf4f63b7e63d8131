using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Arena.Bench.Machine;
using Arena.Bench.Peers;

namespace Arena.Bench.Quick;

/// <summary>The table in under two minutes: <c>--quick</c>.</summary>
internal static class QuickRun
{
    public static int Start(string[] arguments)
    {
        if (QuickArguments.Parse(arguments, out var fault) is not { } wanted)
            return Refuse(fault!);
        if (!ReleaseBuild.IsThis)
            return Refuse(ReleaseBuild.Remedy);
        var program = PeerProgram.Compile("peer_loops", out var remedy);
        if (program is null && wanted.Peers.Count > 0)
            return Refuse(remedy);
        List<string> missing = [], faults = [];
        var rivals = program is null ? [] : Rival.Find(program, wanted.Peers, missing, faults);
        if (faults.Count > 0)
            return Refuse(string.Join(Environment.NewLine, faults));
        if (program is null)
            Console.WriteLine(remedy);
        if (missing.Count > 0)
            Console.WriteLine($"Not found, with the Debian package to install: {string.Join(", ", missing)}.");
        foreach (var (peer, facts) in rivals)
            Console.WriteLine($"C {peer.Name}: {facts.Version}; frees {Table.Word(facts.Frees)}");
        Run(wanted, program, rivals);
        return 0;
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 2;
    }

    private static void Run(QuickArguments wanted, string? program, List<Rival> rivals)
    {
        var began = Stopwatch.GetTimestamp();
        using var tiers = new TierListener();
        var report = new Report(
            Machine(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, Rounds.Count, [])
        {
            Peers = rivals.ConvertAll(r => new Report.Peer(r.Name, r.Facts.Version, r.Facts.Frees)),
        };
        var workloads = wanted.Workloads;
        var floors = program is null ? null : PeerProgram.Compile("floor_loops", out _, "-fno-tree-vectorize");
        if (program is not null && !rivals.Exists(r => r.Name == Suite.Snmalloc))
        {
            Console.WriteLine(
                "Not here: snmalloc, so its rows are missing. Build it from source; "
                + "--peer snmalloc=/path/to/libsnmallocshim.so adds it.");
        }
        var experiments = new Suite(program, rivals, floors).All();
        if (workloads.Count > 0)
            experiments = experiments.Concat(ContainerSuite.All()).Concat(SurfaceSuite.All())
                .Concat(GuardSuite.All(program)).Concat(HistorySuite.All());
        foreach (var (id, make) in experiments)
        {
            if (!wanted.Wants(id))
                continue;
            Core.Pin();
            using var experiment = make();
            var question = Rounds.Run(experiment);
            report.Questions.Add(question);
            Console.WriteLine();
            foreach (var line in Table.Lines(question))
                Console.WriteLine(line);
        }
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(
            Invariant($"{report.Machine}; {report.Runtime}; {seconds:F0} s; check sum {Contestant.Sum:x}"));
        if (wanted.JsonFile is { } file)
            report.Write(file);
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
