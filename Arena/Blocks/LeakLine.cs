namespace Arena;

/// <summary>A line of source that allocated what was still alive, as a tracker recorded it.</summary>
/// <param name="File">The source file, as the compiler knew it.</param>
/// <param name="Line">The line in it.</param>
/// <param name="Member">The member that the line is in.</param>
/// <param name="Tag">The accounting category; null where none was set.</param>
/// <param name="Count">Live allocations.</param>
/// <param name="Bytes">Their bytes, as granted.</param>
public sealed record LeakLine(string File, int Line, string Member, string? Tag, long Count, nuint Bytes)
{
    /// <summary>Whether count and bytes are estimates, made from a sample.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        $"{(IsEstimate ? "about " : "")}{Bytes} bytes in {Count} from {Path.GetFileName(File)}:{Line} ({Member})"
        + (Tag is null ? "" : $", tag '{Tag}'");
}
