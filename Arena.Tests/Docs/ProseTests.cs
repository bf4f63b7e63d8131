using System.Runtime.CompilerServices;

namespace Arena.Tests.Docs;

/// <summary>Pages and comments read as plain English: banned phrases are reported with what to write instead.</summary>
public sealed class ProseTests
{
    private static readonly string[] Patterns = ["*.md", "*.cs"];

    // Uses that stay: the file, a part of the fault that is found there, and why.
    private static readonly (string File, string Use, string Why)[] Allowed =
    [
        ("Arena.Diagnostics/History/MemoryCategory.cs", "(not told apart)", "quotes a name that files hold"),
    ];

    // Folders and files still to be edited, with the faults that they have left. The numbers only fall.
    private static readonly (string Path, int Faults)[] NotYet =
    [
        ("Arena.Tests", 38),
        ("CHANGELOG.md", 4),
    ];

    [Fact]
    public void No_page_and_no_comment_has_a_banned_phrase()
    {
        var faults =
            from path in Files()
            where !NotYet.Any(entry => Lies(path, entry.Path))
            from fault in FaultsOf(path)
            select $"{path}: {fault}";
        Assert.Empty(faults);
    }

    [Fact]
    public void What_is_not_edited_yet_does_not_get_worse()
    {
        foreach (var (path, most) in NotYet)
        {
            var faults = Files().Where(file => Lies(file, path)).SelectMany(FaultsOf).ToArray();
            Assert.True(
                faults.Length <= most,
                $"{path} has {faults.Length} banned phrases, {most} before:\n{string.Join('\n', faults)}");
        }
    }

    [Fact]
    public void Every_allowed_use_is_still_there() => Assert.All(
        Allowed, use => Assert.Contains(Prose.Faults(Path.Combine(Root(), use.File)), fault => Has(fault, use.Use)));

    [Theory]
    [InlineData("    /// <summary>Of a pool.</summary>")]
    [InlineData("    /// <param name=\"size\">The same, in bytes.</param>")]
    [InlineData("// Of a pool.")]
    [InlineData("var a = 1; // an observer is told")]
    [InlineData("// There are so\n    // many of them.")]
    [InlineData("/// Nobody reads it.")]
    public void A_banned_phrase_is_found_wherever_a_comment_has_it(string code) =>
        Assert.Single(Prose.FaultsIn(Prose.Comments(code.Split('\n'))));

    [Theory]
    [InlineData("var text = \"told\";")]
    [InlineData("// The size\n// of a pool.")]
    [InlineData("// A list.\n// The same list again.")]
    [InlineData("/// <summary>The sum of <see cref=\"Of\"/>.</summary>")]
    public void Code_and_other_sentences_are_left_alone(string code) =>
        Assert.Empty(Prose.FaultsIn(Prose.Comments(code.Split('\n'))));

    private static IEnumerable<string> FaultsOf(string path) =>
        from fault in Prose.Faults(Path.Combine(Root(), path))
        where !Allowed.Any(use => use.File == path && Has(fault, use.Use))
        select fault;

    private static bool Has(string fault, string use) => fault.Contains(use, StringComparison.Ordinal);

    private static bool Lies(string file, string path) =>
        file == path || file.StartsWith(path + "/", StringComparison.Ordinal);

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
