namespace Arena.Diagnostics;

/// <summary>Live allocations of one line of source, one tag and one size class.</summary>
/// <param name="File">The source file.</param>
/// <param name="Line">The line in it.</param>
/// <param name="Member">The member that the line is in.</param>
/// <param name="Tag">The tag; null if none was set.</param>
/// <param name="ClassBytes">
/// The size class: a power of two, at least each of its sizes and less than twice each.
/// </param>
/// <param name="Count">Live allocations.</param>
/// <param name="Bytes">Their bytes, as granted.</param>
/// <example>
/// <code>
/// foreach (SnapshotRow row in tracker.Snapshot().BySite())
///     Console.WriteLine($"{row.Bytes} bytes in {row.Count} from {row.File}:{row.Line}");
/// </code>
/// </example>
public readonly record struct SnapshotRow(
    string File, int Line, string Member, string? Tag, nuint ClassBytes, long Count, long Bytes)
{
    /// <summary>The line of source, as one value.</summary>
    public SourceLine Source => new(File, Line, Member);

    /// <summary>One line for a log; with signs if it is a change.</summary>
    public override string ToString() =>
        $"{Bytes} bytes in {Count} up to {ClassBytes} from {Source}"
        + (Tag is null ? "" : $", tag '{Tag}'");
}
