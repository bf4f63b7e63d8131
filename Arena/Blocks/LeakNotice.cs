namespace Arena;

/// <summary>
/// Reports allocations that were alive when an allocator or arena was disposed. It is read from the allocator's own
/// bitmaps without any tracking, and raised through <see cref="PageArena.LeaksFound"/>.
/// </summary>
/// <example>
/// <code>
/// arena.LeaksFound += notice =&gt; Console.WriteLine(notice);
/// </code>
/// </example>
public sealed record LeakNotice
{
    /// <summary>The largest number of addresses in a notice.</summary>
    public const int MaximumAddresses = 8;

    private const int LinesShown = 8;

    /// <summary>The arena's name.</summary>
    public required string ArenaName { get; init; }

    /// <summary>
    /// The kind of the disposed object: <c>pool</c>, <c>handle map</c>, <c>buddy</c>, <c>heap</c>, <c>arena</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The name of the disposed object.</summary>
    public required string AllocatorName { get; init; }

    /// <summary>The number of live allocations.</summary>
    public required int LiveCount { get; init; }

    /// <summary>Their bytes, as the allocator counts them: whole slots, regions or blocks.</summary>
    public required nuint LiveBytes { get; init; }

    /// <summary>The first live addresses in address order, at most <see cref="MaximumAddresses"/>.</summary>
    public required IReadOnlyList<nuint> FirstAddresses { get; init; }

    /// <summary>
    /// The lines of source that allocated them, most bytes first, if a tracker was attached. Allocations that are older
    /// than the tracker, or too small for its sample, are missing. Empty if no observer knows lines.
    /// </summary>
    public IReadOnlyList<LeakLine> Lines { get; init; } = [];

    /// <summary>The first lines of source, joined into one; empty if none is known.</summary>
    internal string LinesText => string.Join("; ", Lines.Take(LinesShown))
        + (Lines.Count > LinesShown ? $"; and {Lines.Count - LinesShown} more lines" : "");

    /// <summary>One line for a log.</summary>
    public override string ToString()
    {
        var addresses = string.Join(", ", FirstAddresses.Select(a => $"0x{a:x}"));
        var more = LiveCount > FirstAddresses.Count ? ", ..." : "";
        return $"{Kind} '{AllocatorName}' in arena '{ArenaName}' was disposed with {LiveCount} live "
            + $"allocation{(LiveCount == 1 ? "" : "s")}, {Amount.Text(LiveBytes)}: {addresses}{more}"
            + (Lines.Count == 0 ? "" : $"; {LinesText}");
    }
}
