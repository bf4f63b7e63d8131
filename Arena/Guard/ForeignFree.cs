namespace Arena;

/// <summary>
/// A pair of lines of different modules: one allocated what the other freed. See
/// <see cref="GuardOptions.CountForeignFrees"/>.
/// </summary>
/// <remarks>
/// A folder stands for a module, or a tag (<see cref="PageArena.ForeignFreesByTag"/>). Where a project keeps the rule that whoever allocates frees, each of these breaks it.
/// </remarks>
/// <example>
/// <code>
/// foreach (var pair in arena.ForeignFrees())
///     Console.WriteLine(pair);            // 120 times: allocated at Ship.cs:41 (Fire) in Fleet, freed at ...
/// </code>
/// </example>
public sealed record ForeignFree
{
    internal ForeignFree(SourceLine allocated, SourceLine freed, long count)
    {
        AllocatedAt = allocated.ToString();
        FreedAt = freed.ToString();
        AllocatedIn = FolderOf(allocated);
        FreedIn = FolderOf(freed);
        Count = count;
    }

    /// <summary>The line that allocated, as "File.cs:12 (Member)".</summary>
    public string AllocatedAt { get; }

    /// <summary>The line that freed.</summary>
    public string FreedAt { get; }

    /// <summary>The name of the folder that has the line that allocated, or the tag that it allocated under.</summary>
    public string AllocatedIn { get; internal init; }

    /// <summary>The name of the folder that has the line that freed, or the tag that it freed under.</summary>
    public string FreedIn { get; internal init; }

    /// <summary>The number of such frees.</summary>
    public long Count { get; }

    /// <summary>The pair in a line.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Count} times: allocated at {AllocatedAt} in {AllocatedIn}, ")
        + $"freed at {FreedAt} in {FreedIn}";

    /// <summary>Returns whether both lines are known, and their files lie in different folders.</summary>
    internal static bool IsForeign(SourceLine allocated, SourceLine freed) =>
        !string.IsNullOrEmpty(allocated.File) && !string.IsNullOrEmpty(freed.File)
        && Path.GetDirectoryName(allocated.File) != Path.GetDirectoryName(freed.File);

    private static string FolderOf(SourceLine line) => Path.GetFileName(Path.GetDirectoryName(line.File)) ?? "";
}
