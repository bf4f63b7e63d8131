using System.Diagnostics;
using System.Runtime.InteropServices;
using Arena.Bench.Contestants;
using Arena.Bench.Machine;
using Arena.Bench.Peers;
using Arena.Bench.Quick;

namespace Arena.Bench.Traces;

/// <summary>Plays recorded programs on every allocator: <c>--traces [FILE|FOLDER ...] [--json FILE]</c>.</summary>
internal static class TraceRun
{
    private const string Pattern = "*.trace*";

    /// <summary>The folder that is played when none is given.</summary>
    private static readonly string Bundled = Path.Combine(AppContext.BaseDirectory, "Traces");

    public static int Start(string[] arguments)
    {
        var json = Array.IndexOf(arguments, "--json");
        if (json >= 0 && json != arguments.Length - 2)
            return Refuse("--traces [FILE|FOLDER ...] [--json FILE]");
        var named = json < 0 ? arguments : arguments[..json];
        if (!ReleaseBuild.IsThis)
            return Refuse(ReleaseBuild.Remedy);
        try
        {
            var files = Find(named.Length == 0 ? [Bundled] : named);
            var report = Run(files);
            Console.Write(new TraceTables(report).Render());
            if (json >= 0)
                report.Write(arguments[^1]);
            return 0;
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return Refuse(failure.Message);
        }
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 2;
    }

    private static List<string> Find(string[] named)
    {
        List<string> files = [];
        foreach (var path in named)
        {
            if (!Directory.Exists(path))
            {
                files.Add(path);
                continue;
            }
            var found = Directory.GetFiles(path, Pattern).Order(StringComparer.Ordinal).ToList();
            if (found.Count == 0)
                throw new FileNotFoundException($"{path} holds no trace ({Pattern}).");
            files.AddRange(found);
        }
        return files;
    }

    private static TraceReport Run(List<string> files)
    {
        var began = Stopwatch.GetTimestamp();
        var program = PeerProgram.Compile("peer_traces", out var remedy);
        if (program is null)
            Console.WriteLine(remedy);
        using var tiers = new TierListener();
        var report = new TraceReport(
            QuickRun.Machine(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, []);
        var packedPath = Path.GetTempFileName();
        try
        {
            Core.Pin();
            foreach (var file in files)
            {
                var trace = PackedTrace.Pack(file);
                trace.Write(packedPath);
                if (program is not null && report.Traces.Count == 0)
                    ReportMissing(program, packedPath);
                Console.WriteLine($"{trace.Name}: {trace.Program}; {trace.OperationCount:N0} operations");
                report.Traces.Add(new TraceExperiment(trace, file, packedPath, program).Run());
            }
        }
        finally
        {
            File.Delete(packedPath);
        }
        Console.WriteLine($"{report.Machine}; {report.Runtime}; {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s");
        return report;
    }

    private static void ReportMissing(string program, string packedPath)
    {
        foreach (var peer in CPeer.All)
        {
            using var process = PeerProcess.TryStart(program, peer, packedPath, "speed");
            if (process is null)
                Console.WriteLine($"C {peer.Name}: {peer.Library} not found; apt-get install {peer.Package}.");
        }
    }
}
