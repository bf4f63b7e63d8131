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

    // Lines within a tag have numbers of their own.
    private static readonly Dictionary<(SourceLine Line, string Tag), int> TaggedNumbers = [];
    private static readonly Dictionary<int, string> Tags = [];

    // The lines asked for last, by a few bits of the line: a hit compares three references.
    private static readonly Known?[] Recent = new Known?[RecentCount];

    // The array is replaced by a longer one when it is full; number 0 is the unknown line.
    private static SourceLine[] lines = new SourceLine[64];
    private static int lastNumber;

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

    /// <summary>Returns the number of a line within a tag; without one, that of the line.</summary>
    public static int NumberOf(in SourceLine source, string? tag)
    {
        if (tag is null)
            return NumberOf(in source);
        lock (Adding)
        {
            if (TaggedNumbers.TryGetValue((source, tag), out var known))
                return known;
            var number = Add(source);
            TaggedNumbers.Add((source, tag), number);
            Tags.Add(number, tag);
            return number;
        }
    }

    /// <summary>Returns the tag of a number; null if it has none.</summary>
    public static string? TagOf(int number)
    {
        lock (Adding)
            return Tags.GetValueOrDefault(number);
    }

    /// <summary>
    /// Returns the line with a number of <c>NumberOf</c>; the unknown line for any other number.
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
            known = new Known(line, Add(line));
            Numbers.Add(line, known);
            return known;
        }
    }

    private static int Add(SourceLine line)
    {
        var table = lines;
        var number = ++lastNumber;
        if (number == table.Length)
            Array.Resize(ref table, 2 * table.Length);
        table[number] = line;
        Volatile.Write(ref lines, table);
        return number;
    }

    private sealed record Known(SourceLine Line, int Number);
}
