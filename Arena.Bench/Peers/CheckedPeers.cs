using Arena.Bench.Contestants;

namespace Arena.Bench.Peers;

/// <summary>C allocators that check: scudo, and the same loops compiled for AddressSanitizer.</summary>
internal static class CheckedPeers
{
    public const string Scudo = "C scudo";
    public const string AddressSanitizer = "C AddressSanitizer";

    private const string ScudoLibrary = "libclang_rt.scudo_standalone-x86_64.so";

    // Like the guard's: a quarantine of 1 MiB, and freed memory filled.
    private static readonly (string Name, string Value)[] ScudoOptions =
    [
        ("SCUDO_OPTIONS", "quarantine_size_kb=1024:thread_local_quarantine_size_kb=64:"
            + "quarantine_max_chunk_size=65536:pattern_fill_contents=true:GWP_ASAN_SampleRate=0"),
    ];

    private static readonly (string Name, string Value)[] SanitizerOptions =
        [("ASAN_OPTIONS", "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:detect_leaks=0")];

    /// <summary>Starts those that are installed, and says what the others need.</summary>
    public static IEnumerable<(string Name, PeerProcess Process)> Start(string program, string workload)
    {
        var peer = FindScudo();
        if (peer.Library is CPeer.NotFound)
        {
            Console.WriteLine(
                $"{Scudo}: {ScudoLibrary} not found; apt-get install libclang-rt-14-dev, or name it in ARENA_SCUDO.");
        }
        else if (PeerProcess.TryStart(program, peer, ScudoOptions, workload) is { } scudo)
        {
            yield return (Scudo, scudo);
        }
        var sanitized = PeerProgram.Compile("peer_loops", out var remedy, "-fsanitize=address");
        if (sanitized is null)
        {
            Console.WriteLine($"{AddressSanitizer}: {remedy}");
        }
        else if (PeerProcess.TryStart(
            sanitized, new CPeer(AddressSanitizer, "", "gcc", "malloc", "free"), SanitizerOptions, workload)
            is { } checkedProcess)
        {
            yield return (AddressSanitizer, checkedProcess);
        }
    }

    /// <summary>Returns scudo, which is no library that the loader finds by its name.</summary>
    public static CPeer FindScudo() =>
        new(CPeer.ScudoName, FindScudoLibrary() ?? CPeer.NotFound, "libclang-rt-14-dev", "malloc", "free");

    private static string? FindScudoLibrary()
    {
        if (Environment.GetEnvironmentVariable("ARENA_SCUDO") is { Length: > 0 } named)
            return File.Exists(named) ? named : null;
        const string libraries = "/usr/lib";
        return !Directory.Exists(libraries) ? null : Directory.EnumerateDirectories(libraries, "llvm-*")
            .Select(llvm => Path.Combine(llvm, "lib", "clang"))
            .Where(Directory.Exists)
            .SelectMany(clang => Directory.EnumerateFiles(clang, ScudoLibrary, SearchOption.AllDirectories))
            .FirstOrDefault();
    }
}
