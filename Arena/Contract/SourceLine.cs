namespace Arena;

/// <summary>A line of source that makes a call, as the compiler filled it in.</summary>
/// <param name="File">The source file; empty if unknown.</param>
/// <param name="Line">The line; 0 if unknown.</param>
/// <param name="Member">The member; empty if unknown.</param>
/// <example>
/// <code>
/// var line = new SourceLine("Mesh.cs", 118, "Load");
/// Console.WriteLine(line);                            // Mesh.cs:118 (Load)
/// </code>
/// </example>
public readonly record struct SourceLine(string File, int Line, string Member)
{
    /// <summary>"File.cs:12 (Member)", or "an unknown line".</summary>
    public override string ToString() => string.IsNullOrEmpty(File)
        ? "an unknown line"
        : FormattableString.Invariant($"{FileName}:{Line}{(string.IsNullOrEmpty(Member) ? "" : $" ({Member})")}");

    // A capture may come from a system whose paths this one cannot divide.
    private string FileName => File[(File.LastIndexOfAny(['/', '\\']) + 1)..];
}
