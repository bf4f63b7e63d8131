using Arena.Bench.Contestants;

namespace Arena.Bench.Quick;

/// <summary>The arguments of <c>--quick</c>.</summary>
/// <param name="Workloads">The beginnings of the workloads' names; none means the whole table.</param>
/// <param name="JsonFile">The file for the report, or null.</param>
/// <param name="Peers">The malloc libraries to add to the known ones.</param>
internal sealed record QuickArguments(
    IReadOnlyList<string> Workloads, string? JsonFile, IReadOnlyList<CPeer> Peers)
{
    public const string Usage = "--quick [WORKLOAD...] [--json FILE] [--peer NAME=/path/to/lib.so]...";

    /// <summary>
    /// Returns whether a workload is wanted: "W6" means "W6-larson", and "W3" means "W3a", but "W1" is not "W11".
    /// </summary>
    public bool Wants(string workload) => Workloads.Count == 0 || Workloads.Any(w =>
        workload.StartsWith(w, StringComparison.OrdinalIgnoreCase)
        && !(char.IsAsciiDigit(w[^1]) && workload.Length > w.Length && char.IsAsciiDigit(workload[w.Length])));

    private static readonly char[] Separators = [' ', ':']; // the loader ends a name in LD_PRELOAD there

    /// <summary>Returns the arguments, or null; then <paramref name="fault"/> says what is wrong.</summary>
    public static QuickArguments? Parse(IReadOnlyList<string> arguments, out string? fault)
    {
        var workloads = new List<string>();
        var peers = new List<CPeer>();
        string? json = null;
        fault = null;
        for (var i = 0; i < arguments.Count && fault is null; i++)
        {
            var argument = arguments[i];
            if (!argument.StartsWith("--", StringComparison.Ordinal))
                workloads.Add(argument);
            else if (argument is not ("--json" or "--peer"))
                fault = $"{argument} is no option; {Usage}";
            else if (++i == arguments.Count)
                fault = $"{argument} needs a value; {Usage}";
            else if (argument == "--peer")
                fault = Add(peers, arguments[i]);
            else
                json = arguments[i];
        }
        return fault is null ? new QuickArguments(workloads, json, peers) : null;
    }

    // Returns what is wrong with it, or null.
    private static string? Add(List<CPeer> peers, string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == argument.Length - 1)
            return $"--peer {argument}: give a name and a library, as in --peer snmalloc=/opt/lib/libsnmalloc.so.";
        var name = argument[..equals];
        if (CPeer.KnownNames.Contains(name, StringComparer.OrdinalIgnoreCase))
            return $"--peer {name}: the benchmark has a peer of this name; choose another one, as {name}-2.";
        if (peers.Exists(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            return $"--peer {name}: the name is given twice; each peer needs one of its own.";
        var library = Path.GetFullPath(argument[(equals + 1)..]);
        if (!File.Exists(library))
            return $"--peer {name}: there is no file {library}.";
        if (library.IndexOfAny(Separators) >= 0)
            return $"--peer {name}: {library} has a space or a colon, where LD_PRELOAD ends a name; link to it.";
        peers.Add(new CPeer(name, library, "", "malloc", "free"));
        return null;
    }
}
