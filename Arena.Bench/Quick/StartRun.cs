using System.Diagnostics;
using System.Globalization;
using Arena.Bench.Contestants;
using Arena.Bench.Machine;
using Arena.Bench.Peers;

namespace Arena.Bench.Quick;

/// <summary>
/// Start and growth: <c>--start</c>. Each contestant has processes of its own: one reports when its first allocation
/// was there, and then what each of a million of 64 bytes costs that grow a heap which was empty.
/// </summary>
internal static class StartRun
{
    public const string ChildOption = "--start-child";
    private const int Rounds = 9;
    private const double GrowthLimit = 1.2;
    private const string Tiers = "DOTNET_TieredPGO";

    public static int Start()
    {
        if (!ReleaseBuild.IsThis)
        {
            Console.Error.WriteLine(ReleaseBuild.Remedy);
            return 2;
        }
        List<(string Name, Func<ProcessStartInfo> Make)> all =
            [.. GrowthChild.Kinds.Select(kind => (kind, (Func<ProcessStartInfo>)(() => OwnProcess(kind))))];
        if (PeerProgram.Compile("peer_loops", out var remedy) is { } program)
            all.AddRange(Rival.Find(program, [], [], []).Select(r => (r.Name, Peer(program, r.Peer))));
        else
            Console.WriteLine(remedy);
        Core.Pin();
        var times = all.ConvertAll(_ => new List<double[]>());
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < all.Count; i++)
                times[i].Add(Measure(all[i].Make()));
        }
        Console.WriteLine($"{"",-24} {"start, ms",10} {"first, us",10} {"growth, ns",11}");
        for (var i = 0; i < all.Count; i++)
        {
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{all[i].Name,-24} {Median(times[i], 0) / 1e6,10:F1} ")
                + string.Create(
                    CultureInfo.InvariantCulture, $"{Median(times[i], 1) / 1e3,10:F1} {Median(times[i], 2),11:F1}"));
        }
        PrintVerdicts([.. all.Select(a => a.Name)], times);
        Console.WriteLine($"{QuickRun.Machine()}; medians of {Rounds} processes each");
        return 0;
    }

    // Growth beside the fastest C allocator, in the processes of one round, and the start beside that of "new".
    private static void PrintVerdicts(string[] names, List<List<double[]>> times)
    {
        var peers = Enumerable.Range(0, names.Length).Where(i => names[i].StartsWith("C ", StringComparison.Ordinal));
        var best = peers.OrderBy(i => Median(times[i], 2)).Cast<int?>().FirstOrDefault();
        foreach (var kind in GrowthChild.ArenaKinds)
        {
            if (best is { } peer)
                Print(kind, names[peer], "growth", 2, GrowthLimit);
            Print(kind, GrowthChild.New, "start", 0, null);
        }
        void Print(string kind, string against, string what, int number, double? limit)
        {
            var mine = times[Array.IndexOf(names, kind)];
            var theirs = times[Array.IndexOf(names, against)];
            var ratio = mine.Zip(theirs, (a, b) => a[number] / b[number]).Order().ElementAt(Rounds / 2);
            var verdict = limit is null ? "no promise"
                : string.Create(CultureInfo.InvariantCulture, $"promise {limit:F2}: ")
                    + (ratio <= limit ? "kept" : "MISSED");
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{what}: {kind} / {against}: {ratio:F2}, {verdict}"));
        }
    }

    // Returns the nanoseconds from before the start to the first allocation, of that allocation, and of each later one.
    private static double[] Measure(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        var before = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
        using var process = Process.Start(start)!;
        var answer = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        process.WaitForExit();
        var numbers = Array.ConvertAll(answer.Split(' '), n => double.Parse(n, CultureInfo.InvariantCulture));
        return [numbers[0] - before, numbers[1], numbers[2]];
    }

    private static ProcessStartInfo OwnProcess(string kind)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(StartRun).Assembly.Location);
        start.ArgumentList.Add(ChildOption);
        start.ArgumentList.Add(kind);
        start.Environment[Tiers] = "0"; // the growing loop is final sooner
        return start;
    }

    private static Func<ProcessStartInfo> Peer(string program, CPeer peer) => () =>
    {
        var start = new ProcessStartInfo(program, ["grow"]);
        start.Environment["LD_PRELOAD"] = peer.Library;
        return start;
    };

    private static double Median(List<double[]> rounds, int number) =>
        rounds.Select(r => r[number]).Order().ElementAt(rounds.Count / 2);
}
