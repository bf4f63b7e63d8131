using System.Runtime.CompilerServices;

namespace Arena.Tests.Docs;

/// <summary>Pages and comments read as plain English: banned phrases are reported with what to write instead.</summary>
public sealed class ProseTests
{
    private static readonly string[] Patterns = ["*.md", "*.cs", "*.sh"];

    // Uses that stay: the file, a part of the fault that is found there, and why.
    private static readonly (string File, string Use, string Why)[] Allowed =
    [
        ("Arena.Diagnostics/History/MemoryCategory.cs", "(not told apart)", "quotes a name that files hold"),
        ("Arena.Diagnostics/History/CategoryColumns.cs", "(not told apart)", "is that name"),
    ];

    [Fact]
    public void No_page_and_no_comment_has_a_banned_phrase()
    {
        var faults =
            from path in Files()
            from fault in FaultsOf(path)
            select $"{path}: {fault}";
        var report = string.Join('\n', faults);
        Assert.True(report.Length == 0, report);
    }

    [Fact]
    public void No_message_has_a_banned_phrase()
    {
        var faults =
            from path in Files()
            where path.EndsWith(".cs", StringComparison.Ordinal)
                && !path.StartsWith("Arena.Tests/", StringComparison.Ordinal)
            from fault in MessagesOf(path)
            where !IsAllowed(path, fault)
            select $"{path}: {fault}";
        var report = string.Join('\n', faults);
        Assert.True(report.Length == 0, report);
    }

    [Theory]
    [InlineData("Throw(\"an observer is told\");", 1)]
    [InlineData("text = $\"{count} is more than can be had\" + \"nobody\";", 2)]
    [InlineData("var told = \"a text\"; // told", 0)]
    public void A_banned_phrase_is_found_in_a_literal(string code, int count) =>
        Assert.Equal(count, Prose.FaultsInLiterals([code]).Count());

    [Fact]
    public void Every_allowed_use_is_still_there() => Assert.All(
        Allowed, use => Assert.Contains(FaultsAndMessagesOf(use.File), fault => Has(fault, use.Use)));

    [Theory]
    [InlineData("    /// <summary>Of a pool.</summary>")]
    [InlineData("    /// <param name=\"size\">The same, in bytes.</param>")]
    [InlineData("// Of a pool.")]
    [InlineData("var a = 1; // an observer is told")]
    [InlineData("// There are so\n    // many of them.")]
    [InlineData("/// Nobody reads it.")]
    [InlineData("// The thread that waits, not who frees.")]
    [InlineData("    /// <returns>Whether it grew.</returns>")]
    [InlineData("    /// <summary>\n    /// What a pool holds.\n    /// </summary>")]
    [InlineData("// Whether it grew.")]
    public void A_banned_phrase_is_found_wherever_a_comment_has_it(string code) =>
        Assert.Single(Prose.FaultsIn(Prose.Comments(code.Split('\n'))));

    [Theory]
    [InlineData("var text = \"told\";")]
    [InlineData("// The size\n// of a pool.")]
    [InlineData("/// <summary>Returns whether it grew.</summary>")]
    [InlineData("// What a pool holds stays.")]
    [InlineData("// A list.\n// The same list again.")]
    [InlineData("/// <summary>The sum of <see cref=\"Of\"/>.</summary>")]
    public void Code_and_other_sentences_are_left_alone(string code) =>
        Assert.Empty(Prose.FaultsIn(Prose.Comments(code.Split('\n'))));

    private static IEnumerable<string> FaultsOf(string path) =>
        from fault in Prose.Faults(Path.Combine(Root(), path))
        where !IsAllowed(path, fault)
        select fault;

    private static IEnumerable<string> MessagesOf(string path) =>
        Prose.FaultsInLiterals(File.ReadLines(Path.Combine(Root(), path)));

    private static IEnumerable<string> FaultsAndMessagesOf(string path) =>
        Prose.Faults(Path.Combine(Root(), path)).Concat(MessagesOf(path));

    private static bool IsAllowed(string path, string fault) =>
        Allowed.Any(use => use.File == path && Has(fault, use.Use));

    private static bool Has(string fault, string use) => fault.Contains(use, StringComparison.Ordinal);

    private static IEnumerable<string> Files() =>
        from pattern in Patterns
        from path in Directory.EnumerateFiles(Root(), pattern, SearchOption.AllDirectories)
        let file = Path.GetRelativePath(Root(), path).Replace('\\', '/')
        where !file.Split('/').Any(part => part is "bin" or "obj" or "artifacts" || part[0] == '.')
        where file != "Arena.Tests/Docs/ProseTests.cs" // its examples
        select file;

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
