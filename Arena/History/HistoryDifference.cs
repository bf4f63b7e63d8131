namespace Arena;

/// <summary>Bytes of one allocation in which two saved frames differ.</summary>
/// <example><code>
/// using var history = ArenaHistory.Attach(arena, frames: 8);
/// history.Save(0);
/// history.Save(1);
/// foreach (var difference in history.Difference(0, 1))
///     Console.WriteLine($"{difference.Allocator}: {difference.ByteCount} bytes at {difference.Offset}");
/// </code></example>
public sealed record HistoryDifference
{
    /// <summary>The name of the allocator; the arena's, for a block of <see cref="PageArena.Allocate"/>.</summary>
    public required string Allocator { get; init; }

    /// <summary>The first byte of the allocation or slot.</summary>
    public required nuint Address { get; init; }

    /// <summary>The first byte that differs, counted from the allocation's first one.</summary>
    public required nuint Offset { get; init; }

    /// <summary>
    /// The number of bytes in the run; the whole allocation if it is live in only one of the two frames.
    /// </summary>
    public required nuint ByteCount { get; init; }

    /// <summary>True if the allocation is live in the first frame.</summary>
    public required bool IsInFirst { get; init; }

    /// <summary>True if the allocation is live in the second frame.</summary>
    public required bool IsInSecond { get; init; }

    /// <summary>
    /// "File.cs:12 (Member)" of the line that allocated it; empty where no tracker is attached that knows it, or where
    /// it lives in neither the present nor its allocator any more.
    /// </summary>
    public string AllocatedAt { get; init; } = "";

    /// <summary>All of it in one line.</summary>
    public override string ToString() => What + (AllocatedAt.Length == 0 ? "" : $", allocated at {AllocatedAt}");

    private string What => (IsInFirst, IsInSecond) switch
    {
        (true, false) => $"'{Allocator}': {ByteCount} bytes at 0x{Address:x} live in the first frame only",
        (false, true) => $"'{Allocator}': {ByteCount} bytes at 0x{Address:x} live in the second frame only",
        _ => $"'{Allocator}': {ByteCount} bytes differ at offset {Offset} of what lives at 0x{Address:x}",
    };
}
