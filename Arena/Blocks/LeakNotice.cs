namespace Arena;

/// <summary>
/// What was still alive when something was disposed, read from the allocator's own bitmaps without any tracking.
/// Raised through <see cref="PageArena.LeaksFound"/>.
/// </summary>
public sealed record LeakNotice
{
    /// <summary>The largest number of addresses in a notice.</summary>
    public const int MaximumAddresses = 8;

    private const int LinesShown = 8;

    /// <summary>The arena's name.</summary>
    public required string ArenaName { get; init; }

    /// <summary>
    /// The kind of what was disposed: <c>pool</c>, <c>handle map</c>, <c>buddy</c>, <c>heap</c>, <c>arena</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>Its name.</summary>
    public required string AllocatorName { get; init; }

    /// <summary>Allocations that were alive.</summary>
    public required int LiveCount { get; init; }

    /// <summary>Bytes that they held, as the allocator counts them (slots, regions or blocks, whole).</summary>
    public required nuint LiveBytes { get; init; }

    /// <summary>The first live addresses in address order, at most <see cref="MaximumAddresses"/>.</summary>
    public required IReadOnlyList<nuint> FirstAddresses { get; init; }

    /// <summary>
    /// The lines of source that allocated it, most bytes first, where a tracker was attached. What is missing was
    /// allocated earlier, or is too little for the sample. Empty if nothing attached knows lines.
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
            + $"allocation{(LiveCount == 1 ? "" : "s")}, {LiveBytes} bytes: {addresses}{more}"
            + (Lines.Count == 0 ? "" : $"; {LinesText}");
    }
}
