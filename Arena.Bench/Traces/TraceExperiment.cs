using System.Diagnostics;
using System.Globalization;
using Arena.Bench.Contestants;
using Arena.Bench.Peers;
using Arena.Bench.Quick;
using Arena.Pools;

namespace Arena.Bench.Traces;

/// <summary>One trace on every allocator: speed, then memory, then ticks.</summary>
internal sealed class TraceExperiment(PackedTrace trace, string path, string packedPath, string? peerProgram)
{
    public const string Heap = "Arena Heap";
    public const string Buddy = "Arena buddy";
    public const string Bump = "bump (limit)";
    public const string Mimalloc = "C mimalloc";

    public TraceReport.Row Run() => new(
        trace.Name, trace.Program, trace.OperationCount, trace.PeakLiveBytes, trace.TickEnds.Length,
        Speed(), Memory(), Ticks());

    private Report.Question Speed()
    {
        using var e = new Experiment(trace.Name, trace.Program, "operation")
        {
            SettlingOperations = trace.OperationCount,
        };
        var arena = new PageArena("trace");
        var bump = BumpMemory.For(trace);
        e.Ground.Add(bump);
        e.Ground.Add(arena);
        e.Contestants.Add(Contestant.Of(Bump, new TraceLoop<BumpMemory>(new(bump), trace)));
        e.Contestants.Add(Contestant.Of(Heap, new TraceLoop<HeapMemory>(new(new Heap(arena)), trace)));
        e.Contestants.Add(Contestant.Of(Buddy, new TraceLoop<BuddyMemory>(new(BuddyMemory.For(trace, arena)), trace)));
        e.Contestants.Add(Contestant.Of("NativeMemory", new TraceLoop<CrtMemory>(default, trace)));
        foreach (var (name, process) in Peers("speed"))
            e.Contestants.Add(Contestant.Of(name, process, trace.OperationCount));
        e.Promises.Add(new Promise(Heap, Mimalloc, 1.0));
        return Rounds.Run(e);
    }

    private List<TraceReport.Footprint> Memory()
    {
        List<TraceReport.Footprint> found = [];
        if (!AnonymousMemory.CanBeAsked)
            return found;
        found.Add(Child(Heap, MemoryReplay.HeapWord));
        found.Add(Child(Buddy, MemoryReplay.BuddyWord));
        foreach (var (name, process) in Peers("memory"))
        {
            using (process)
                found.Add(new(name, (ulong)process.Answer()[0], null));
        }
        return found;
    }

    private List<TraceReport.Pause> Ticks()
    {
        if (!TickRounds.CanPlay(trace))
            return [];
        var rounds = new TickRounds(trace);
        using var arena = new PageArena("trace");
        using var heap = new TraceLoop<HeapMemory>(new(new Heap(arena)), trace);
        using var buddy = new TraceLoop<BuddyMemory>(new(BuddyMemory.For(trace, arena)), trace);
        rounds.Add(Heap, heap);
        rounds.Add(Buddy, buddy);
        var peers = Peers("ticks").ToList();
        peers.ForEach(peer => rounds.Add(peer.Name, peer.Process));
        var pauses = rounds.Run();
        peers.ForEach(peer => peer.Process.Dispose());
        return pauses;
    }

    private IEnumerable<(string Name, PeerProcess Process)> Peers(string mode)
    {
        if (peerProgram is null)
            yield break;
        foreach (var peer in CPeer.All)
        {
            if (PeerProcess.TryStart(peerProgram, peer, packedPath, mode) is { } process)
                yield return ("C " + peer.Name, process);
        }
    }

    // The runtime's background compiler would allocate beside the heap: without tiers it does not run.
    private TraceReport.Footprint Child(string name, string word)
    {
        var assembly = typeof(TraceExperiment).Assembly;
        var host = Environment.ProcessPath ?? "dotnet";
        var isOwnHost = Path.GetFileNameWithoutExtension(host) == assembly.GetName().Name;
        string[] program = isOwnHost ? [host] : ["dotnet", assembly.Location];
        var start = new ProcessStartInfo(program[0], [.. program[1..], MemoryReplay.Option, word, path])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_TieredCompilation"] = "0";
        using var child = Process.Start(start)!;
        var answer = child.StandardOutput.ReadToEnd().Split(' ');
        child.WaitForExit();
        if (child.ExitCode != 0 || answer.Length != 2)
            throw new InvalidOperationException($"{name} cannot play {path}: its process ended with {child.ExitCode}.");
        return new TraceReport.Footprint(
            name, ulong.Parse(answer[0], CultureInfo.InvariantCulture),
            word == MemoryReplay.HeapWord ? ulong.Parse(answer[1], CultureInfo.InvariantCulture) : null);
    }
}
