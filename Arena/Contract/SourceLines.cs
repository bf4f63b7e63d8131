namespace Arena;

/// <summary>
/// Lines of source by number, so that an unmanaged value can hold one. The table grows by the lines that a program has,
/// and a line that is known costs no garbage. For any thread.
/// </summary>
internal static class SourceLines
{
    private const int RecentCount = 1024;

    private static readonly Lock Adding = new();
    private static readonly Dictionary<SourceLine, Known> Numbers = [];

    // What was asked for last, by a few bits of the line: a hit compares three references.
    private static readonly Known?[] Recent = new Known?[RecentCount];

    // Replaced by a longer one when it is full; number 0 is the unknown line.
    private static SourceLine[] lines = new SourceLine[64];

    /// <summary>The number of a line, the same for the same line.</summary>
    public static int NumberOf(string file, int line, string member)
    {
        ref var recent = ref Recent[unchecked(line + 37 * member.Length + 101 * file.Length) & (RecentCount - 1)];
        var known = recent;
        if (known is null || known.Line.Line != line || !ReferenceEquals(known.Line.File, file)
            || !ReferenceEquals(known.Line.Member, member))
        {
            recent = known = Find(new SourceLine(file, line, member));
        }
        return known.Number;
    }

    /// <summary>The line with a number that <see cref="NumberOf"/> gave; the unknown one for any other.</summary>
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
