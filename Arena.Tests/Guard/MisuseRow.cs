namespace Arena.Tests.Guard;

/// <summary>A row of the table in docs/safety.md, and the programs that prove it.</summary>
/// <param name="Words">The misuse, in words.</param>
/// <param name="Programs">The names of its programs; empty if no program shows it.</param>
/// <param name="Kinds">The kinds of memory, divided by commas.</param>
/// <param name="Plain">The outcome in a Release build.</param>
/// <param name="Checked">The outcome with poison, red zones and a quarantine.</param>
/// <param name="Pages">The outcome with guarded pages.</param>
/// <param name="Names">The lines that the report names.</param>
/// <param name="Elsewhere">The outcomes with AddressSanitizer and glibc, by their documents.</param>
public sealed record MisuseRow(
    string Words, string Programs, string Kinds, string Plain, string Checked, string Pages, Lines Names,
    string Elsewhere)
{
    private const string All = "heap,shared heap,buddy,pool,map,shared pool,list,queue";
    private const string NotNoticed = "not noticed";
    private const string Refused = "refused";
    private const string Found = "found";
    private const string Ends = "ends";

    /// <summary>All rows, in the order of the page.</summary>
    public static IReadOnlyList<MisuseRow> Table { get; } =
    [
        new("free of foreign, interior or misaligned addresses", "free of other memory;free of another allocator's;"
            + "free inside;free misaligned", "heap,shared heap,buddy,pool,shared pool", Refused, Refused, Refused,
            Lines.None, "ends | ends, as a rule"),
        new("double free before the place is used again", "free twice", "heap,shared heap,buddy,pool,shared pool",
            Refused, Refused, Refused, Lines.Both, "ends | ends, as a rule"),
        new("the same by two threads", "free twice by two threads", "heap,shared heap,shared pool",
            Refused, Refused, Refused, Lines.Both, "ends | ends, as a rule"),
        new("double free after that", "free twice after reuse", "heap,shared heap,buddy,pool,shared pool",
            NotNoticed, Refused, Refused, Lines.Both, "found while it waits | not noticed"),
        new("stale handle of a map, stale copy of a container", "free twice;free twice after reuse", "map,list",
            Refused, Refused, Refused, Lines.None, "not known | -"),
        new("write 1 or 8 bytes past the end", "write past 1;write past 8", All,
            NotNoticed, Found, Ends, Lines.Allocated, "ends | not noticed"),
        new("write 4,096 bytes past the end, one by one", "write past 4096", All,
            NotNoticed, Found, Ends, Lines.Allocated, "ends | not noticed"),
        new("write far past the end, over the zone", "", "",
            NotNoticed, "not noticed if it skips the zone", "ends within a page", Lines.None,
            "ends, as a rule | not noticed"),
        new("write 1 or 8 bytes in front", "write before 1;write before 8",
            "heap,shared heap,buddy,pool,shared pool,list,queue",
            NotNoticed, Found, Found, Lines.Allocated, "ends | at a free, as a rule"),
        new("write over the generation in front of a map's value", "write before 1", "map",
            Refused, Found, Found, Lines.Allocated, "not noticed | -"),
        new("write after free, also after the place would be used again", "write after free;write after reuse", All,
            NotNoticed, Found, Ends, Lines.Both, "ends while it waits | not noticed"),
        new("read after free", "read after free", All,
            NotNoticed, "reads DF", Ends, Lines.Both, "ends while it waits | not noticed"),
        new("read of what was never written", "read of new memory",
            "heap,shared heap,buddy,pool,shared pool,list,queue",
            NotNoticed, "reads CB", NotNoticed, Lines.None, "not noticed | not noticed"),
        new("write after a resize", "write after resize", "heap,shared heap,buddy,list",
            NotNoticed, Found, Ends, Lines.Allocated, "ends | not noticed"),
        new("read after a resize", "read after resize", "heap,shared heap,buddy,list",
            NotNoticed, "reads DF", Ends, Lines.Allocated, "ends | not noticed"),
        new("write after Clear", "write after Clear", "heap,pool,map",
            NotNoticed, Found, Ends, Lines.Allocated, "- | -"),
        new("write after free and Trim, to a page that stays", "write after Trim", "heap,shared heap,pool,map",
            NotNoticed, Found, NotNoticed, Lines.Both, "- | -"),
        new("read of frame memory after its frame", "read after NextFrame", "frame",
            NotNoticed, "reads DF", NotNoticed, Lines.None, "- | -"),
        new("write to frame memory after its frame", "write after NextFrame", "frame",
            NotNoticed, NotNoticed, NotNoticed, Lines.None, "- | -"),
        new("use of a single-threaded allocator by two threads at once", "", "",
            "refused, as a rule ([threads](threads.md))", "refused", "refused", Lines.None,
            "- | -"),
        new("leak", "", "", "reported at Dispose", "reported at Dispose", "reported at Dispose", Lines.None,
            "at exit | -"),
    ];

    /// <summary>The row as it stands in the page.</summary>
    public string Line => $"| {Words} | {Plain} | {WithLines(Checked)} | {WithLines(Pages)} | {Elsewhere} |";

    private string WithLines(string outcome) => Names switch
    {
        Lines.Both when outcome is Refused or Found => outcome + ", both lines",
        Lines.Allocated when outcome is Found => outcome + ", with the line",
        _ => outcome,
    };
}

/// <summary>Which lines of source a report names.</summary>
public enum Lines
{
    None,
    Allocated,
    Both,
}
