namespace Arena.Diagnostics;

/// <summary>A line of source under a tag, as a ledger knows it.</summary>
internal sealed class Site(in SourceLine line, Tag tag)
{
    public string File { get; } = line.File;

    public int Line { get; } = line.Line;

    public string Member { get; } = line.Member;

    public Tag Tag { get; } = tag;

    /// <summary>The capture that <see cref="Number"/> belongs to.</summary>
    public object? NumberedBy { get; set; }

    /// <summary>The site's number in the capture file.</summary>
    public int Number { get; set; }

    /// <summary>True to record the stack of each of its allocations.</summary>
    public bool TakesStacks { get; set; }
}
