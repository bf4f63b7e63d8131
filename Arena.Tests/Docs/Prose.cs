using System.Text.RegularExpressions;

namespace Arena.Tests.Docs;

/// <summary>The sentences of a file: a page's text, or the comments of a source file.</summary>
internal static partial class Prose
{
    // Where a block of comments, or an element of one, begins.
    private const string Start = "\n";

    // Each phrase with what to write in its place.
    private static readonly (Regex Phrase, string Instead)[] Banned =
    [
        (Words("told|tells"), "notify, report, say, distinguish"),
        (Words("nobody|somebody"), "no thread, a thread, no observer: name who it is"),
        (Words("so many"), "this many, or the number's name"),
        (Words("be had"), "is refused, is not available"),
        (Words("want of|wanting"), "out of memory, without"),
        (Words("anew"), "again"),
        (Words("who frees"), "the thread that frees"),
        (new Regex($"{Start}(Of|The same)\\b", RegexOptions.CultureInvariant), "begin with a verb or a noun"),
    ];

    /// <summary>The banned phrases in a file, each with the words around it.</summary>
    public static IEnumerable<string> Faults(string path) => FaultsIn(
        path.EndsWith(".md", StringComparison.Ordinal)
            ? File.ReadAllText(path).ReplaceLineEndings(" ")
            : Comments(File.ReadLines(path)));

    /// <summary>The banned phrases in a text whose blocks begin on a new line.</summary>
    public static IEnumerable<string> FaultsIn(string text)
    {
        var joined = Blanks().Replace(text, " ");
        return
            from rule in Banned
            from match in rule.Phrase.Matches(joined)
            let start = Math.Max(0, match.Index - 30)
            let end = Math.Min(joined.Length, match.Index + 50)
            let words = joined[start..end].Replace(Start, " ", StringComparison.Ordinal)
            select $"\"{match.Value.Trim()}\" in \"...{words}...\"; write: {rule.Instead}";
    }

    /// <summary>The comments among lines of code: each block, and each element of XML, begins on a new line.</summary>
    public static string Comments(IEnumerable<string> lines)
    {
        var text = new List<string>();
        var isInBlock = false;
        foreach (var line in lines)
        {
            var code = line.TrimStart();
            var isComment = code.StartsWith("//", StringComparison.Ordinal);
            var at = isComment ? 0 : code.LastIndexOf(" // ", StringComparison.Ordinal);
            if (at >= 0)
                text.Add((isInBlock && isComment ? " " : Start) + code[at..].TrimStart('/', ' '));
            isInBlock = isComment;
        }
        return Elements().Replace(string.Concat(text), Start);
    }

    private static Regex Words(string phrases) =>
        new($@"\b({phrases.Replace(" ", @"\s+", StringComparison.Ordinal)})\b",
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    [GeneratedRegex(@"[ \t]+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\s*</?(summary|remarks|para|param|typeparam|returns|exception)\b[^>]*>\s*")]
    private static partial Regex Elements();
}
