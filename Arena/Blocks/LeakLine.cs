namespace Arena;

/// <summary>A line of source whose allocations were still alive, as a tracker recorded it.</summary>
/// <param name="File">The source file, as the compiler knew it.</param>
/// <param name="Line">The line in it.</param>
/// <param name="Member">The member that has the line.</param>
/// <param name="Tag">The accounting category; null if none was set.</param>
/// <param name="Count">Live allocations.</param>
/// <param name="Bytes">Their bytes, as granted.</param>
/// <example>
/// <code>
/// arena.LeaksFound += notice =&gt;
/// {
///     foreach (LeakLine line in notice.Lines)         // with a tracker attached
///         Console.WriteLine($"{line.Bytes} bytes from {line.File}:{line.Line}");
/// };
/// </code>
/// </example>
public sealed record LeakLine(string File, int Line, string Member, string? Tag, long Count, nuint Bytes)
{
    /// <summary>The line of source, as one value.</summary>
    public SourceLine Source => new(File, Line, Member);

    /// <summary>True if count and bytes are estimates from a sample.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>One line for a log.</summary>
    public override string ToString() =>
        $"{(IsEstimate ? "about " : "")}{Amount.Text(Bytes)} in {Count} from {Source}"
        + (Tag is null ? "" : $", tag '{Tag}'");
}
