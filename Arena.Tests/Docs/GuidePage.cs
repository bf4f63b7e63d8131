using System.Text.RegularExpressions;

namespace Arena.Tests.Docs;

/// <summary>A page of docs/guides: its blocks of code, and its commands with what they print.</summary>
internal static partial class GuidePage
{
    /// <summary>Returns the fenced blocks of a language.</summary>
    public static IEnumerable<string> Blocks(string page, string language) =>
        from Match block in Fenced().Matches(page.ReplaceLineEndings("\n"))
        where block.Groups[1].Value == language
        select block.Groups[2].Value;

    /// <summary>Returns the arguments of each command, and the text below it.</summary>
    public static IEnumerable<(string[] Arguments, string Output)> Runs(string page) =>
        from Match run in Command().Matches(page.ReplaceLineEndings("\n"))
        select (run.Groups[1].Value.Split(' '), run.Groups[2].Value);

    /// <summary>Returns the lines without their indentation, so that code compares wherever it stands.</summary>
    public static string Flat(string code) =>
        string.Join('\n', code.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim())).Trim();

    [GeneratedRegex("^```([a-z]*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(
        "^    dotnet run -c Release --project samples/Guides -- ([^\n]*)\n\n```text\n(.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Command();
}
