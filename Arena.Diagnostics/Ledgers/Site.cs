namespace Arena.Diagnostics;

/// <summary>A line of source under a tag, as a ledger knows it.</summary>
internal sealed class Site(string file, int line, string member, Tag tag)
{
    /// <summary>Takes what comes when a ledger has as many sites as an allocation can refer to.</summary>
    public static Site Other { get; } = new("(other lines)", 0, "", Tag.None);

    public string File { get; } = file;

    public int Line { get; } = line;

    public string Member { get; } = member;

    public Tag Tag { get; } = tag;

    /// <summary>Whether each of its allocations is to be remembered with the stack that led to it.</summary>
    public bool TakesStacks { get; set; }
}
