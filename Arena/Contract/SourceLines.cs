namespace Arena;

/// <summary>
/// Lines of source by number, so that an unmanaged value can hold one. The table grows with the lines of the program,
/// and a known line costs no garbage. Any thread may call it.
/// </summary>
internal static class SourceLines
{
    private const int RecentCount = 1024;

    private static readonly Lock Adding = new();
    private static readonly Dictionary<SourceLine, Known> Numbers = [];

    // The lines asked for last, by a few bits of the line: a hit compares three references.
    private static readonly Known?[] Recent = new Known?[RecentCount];

    // The array is replaced by a longer one when it is full; number 0 is the unknown line.
    private static SourceLine[] lines = new SourceLine[64];

    /// <summary>Returns the number of a line, always the same for a line.</summary>
    public static int NumberOf(in SourceLine source)
    {
        var (file, line, member) = source;
        ref var recent = ref Recent[unchecked(line + 37 * member.Length + 101 * file.Length) & (RecentCount - 1)];
        var known = recent;
        if (known is null || known.Line.Line != line || !ReferenceEquals(known.Line.File, file)
            || !ReferenceEquals(known.Line.Member, member))
        {
            recent = known = Find(source);
        }
        return known.Number;
    }

    /// <summary>
    /// Returns the line with a number of <see cref="NumberOf"/>; the unknown line for any other number.
    /// </summary>
    public static SourceLine At(int number)
    {
        var known = Volatile.Read(ref lines);
        var line = unchecked((uint)number) < (uint)known.Length ? known[number] : default;
        return line.File is null ? new SourceLine("", 0, "") : line;
    }

    private static Known Find(SourceLine line)
    {
        lock (Adding)
        {
            if (Numbers.TryGetValue(line, out var known))
                return known;
            known = new Known(line, Numbers.Count + 1);
            var table = lines;
            if (known.Number == table.Length)
                Array.Resize(ref table, 2 * table.Length);
            table[known.Number] = line;
            Volatile.Write(ref lines, table);
            Numbers.Add(line, known);
            return known;
        }
    }

    private sealed record Known(SourceLine Line, int Number);
}
