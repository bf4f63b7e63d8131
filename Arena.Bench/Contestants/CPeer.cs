namespace Arena.Bench.Contestants;

/// <summary>A C allocator to measure Arena against.</summary>
/// <param name="Name">The name of the allocator.</param>
/// <param name="Library">The name the loader finds it by; empty for the C library's own.</param>
/// <param name="Package">Debian's package.</param>
/// <param name="MallocName">The name of its malloc, when loaded beside another one.</param>
/// <param name="FreeName">The name of its free, likewise.</param>
internal sealed record CPeer(string Name, string Library, string Package, string MallocName, string FreeName)
{
    /// <summary>The library of a peer that no file was found for.</summary>
    public const string NotFound = "not found";

    public const string ScudoName = "scudo";

    /// <summary>No library before that of the system: for programs that do not allocate while they are timed.</summary>
    public static readonly CPeer Nothing = new("nothing", "", "", "malloc", "free");

    public static readonly IReadOnlyList<CPeer> All =
    [
        new("mimalloc", "libmimalloc.so.2", "libmimalloc2.0", "mi_malloc", "mi_free"),
        new("jemalloc", "libjemalloc.so.2", "libjemalloc2", "malloc", "free"),
        new("tcmalloc", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4", "tc_malloc", "tc_free"),
        new("glibc", "", "libc6", "malloc", "free"),
    ];

    /// <summary>The names of the peers that a run looks for by itself.</summary>
    public static IEnumerable<string> KnownNames => All.Select(peer => peer.Name).Append(ScudoName);
}
