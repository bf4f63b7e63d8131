using System.Text.RegularExpressions;

namespace Arena.Tests.Docs;

/// <summary>The sentences of a file: the comments of a C# file, or the text of another one.</summary>
internal static partial class Prose
{
    // The marks of the beginning of a block of comments, and of an element that is one phrase.
    private const string Start = "\n";
    private const string Element = Start + "\u2022";

    // Each phrase with what to write in its place.
    private static readonly (Regex Phrase, string Instead)[] Phrases =
    [
        (Words("told|tells|tell"), "notify, report, say, distinguish"),
        (Words("nobody|somebody|everybody|anybody|no one"), "no thread, a thread, no observer: name the thing"),
        (Words("who (frees|calls|reads|writes|looks|asks|gives|takes|wants)"), "the thread that frees, the caller"),
        (Words("so many|so-manieth"), "this many, or the number's name"),
        (Words("be had"), "is refused, is not available"),
        (Words("want of|wanting"), "out of memory, without"),
        (Words("anew"), "again"),
        (Words("shall"), "must, has to, will"),
    ];

    // Beginnings of a block, in the same way.
    private static readonly (Regex Phrase, string Instead)[] Beginnings =
    [
        (new Regex($"{Start}\u2022?(Of|The same|Whether|Told|Whose)\\b", RegexOptions.CultureInvariant), Beginning),
        (new Regex($"{Element}(What|Where|How|Who|When|As)\\b", RegexOptions.CultureInvariant), Beginning),
    ];

    private const string Beginning = "begin with a verb or a noun";

    /// <summary>The banned phrases in a file, each with the words around it.</summary>
    public static IEnumerable<string> Faults(string path) => FaultsIn(
        path.EndsWith(".cs", StringComparison.Ordinal)
            ? Comments(File.ReadLines(path))
            : File.ReadAllText(path).ReplaceLineEndings(" "));

    /// <summary>The banned phrases in a text whose blocks begin on a new line.</summary>
    public static IEnumerable<string> FaultsIn(string text) => FaultsIn(text, [.. Phrases, .. Beginnings]);

    /// <summary>The banned phrases in the string literals of lines of code.</summary>
    public static IEnumerable<string> FaultsInLiterals(IEnumerable<string> lines) => FaultsIn(
        string.Concat(
            from line in lines
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            from Match literal in Literals().Matches(line)
            select Start + literal.Value),
        Phrases);

    private static IEnumerable<string> FaultsIn(string text, (Regex Phrase, string Instead)[] banned)
    {
        var joined = Blanks().Replace(text, " ");
        return
            from rule in banned
            from match in rule.Phrase.Matches(joined)
            let start = Math.Max(0, match.Index - 30)
            let end = Math.Min(joined.Length, match.Index + 50)
            let words = joined[start..end].Replace(Element, " ", StringComparison.Ordinal).ReplaceLineEndings(" ")
            select $"\"{match.Value.Trim('\n', '\u2022')}\" in \"...{words}...\"; write: {rule.Instead}";
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
        return Tags().Replace(Elements().Replace(string.Concat(text), Element), Start);
    }

    private static Regex Words(string phrases) =>
        new($@"\b({phrases.Replace(" ", @"\s+", StringComparison.Ordinal)})\b",
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"
        """)]
    private static partial Regex Literals();

    [GeneratedRegex(@"[ \t]+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\s*<(summary|param|typeparam|returns)\b[^>]*>\s*")]
    private static partial Regex Elements();

    [GeneratedRegex(@"\s*</?(summary|remarks|para|param|typeparam|returns|exception)\b[^>]*>\s*")]
    private static partial Regex Tags();
}
