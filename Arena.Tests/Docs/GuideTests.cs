using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Guides;

namespace Arena.Tests.Docs;

/// <summary>Each guide prints what its page shows, and each line of code on the page is in the program.</summary>
public sealed partial class GuideTests
{
    // Their numbers depend on the driver, the seed of Lua's hashes or the clock.
    private static readonly string[] Varying = ["vulkan", "lua", "sqlite"];

    public static TheoryData<string> Pages => new(PageNames());

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_commands_of_a_page_print_what_it_shows(string name)
    {
        var runs = GuidePage.Runs(Read(name)).ToArray();
        Assert.NotEmpty(runs);
        foreach (var (arguments, expected) in runs)
        {
            // It measures for half a minute.
            if (arguments.Contains("--compare"))
                continue;
            using var output = new StringWriter();
            Assert.Equal(0, Guide.Run(arguments, output, TextWriter.Null));
            var text = output.ToString().ReplaceLineEndings("\n");
            if (!text.StartsWith("Skipped:", StringComparison.Ordinal))
                Assert.Equal(Shown(expected, arguments[0]), Shown(text, arguments[0]));
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_code_of_a_page_is_in_a_program(string name)
    {
        var sources = Directory.EnumerateFiles(Programs(), "*.cs", SearchOption.AllDirectories)
            .Select(path => GuidePage.Flat(File.ReadAllText(path)))
            .ToArray();
        foreach (var block in GuidePage.Blocks(Read(name), "csharp"))
        {
            var code = GuidePage.Flat(block);
            Assert.True(sources.Any(source => source.Contains(code, StringComparison.Ordinal)), block);
        }
    }

    [Fact]
    public void Each_guide_has_a_page_and_each_page_is_in_the_index()
    {
        var played = Directory.EnumerateFiles(Folder(), "*.md")
            .SelectMany(path => GuidePage.Runs(File.ReadAllText(path)))
            .Select(run => run.Arguments[0])
            .Distinct();
        Assert.Equal(Guide.All.Select(guide => guide.Name).Order(), played.Order());
        var index = Read("README.md");
        foreach (var name in PageNames().Append("engines.md"))
            Assert.Contains($"({name})", index, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("nothing")]
    [InlineData("lua", "--fast")]
    [InlineData("moving", "5")]
    public void A_bad_argument_is_one_line_and_code_2(params string[] arguments)
    {
        using var error = new StringWriter();
        Assert.Equal(Guide.BadOption, Guide.Run(arguments, TextWriter.Null, error));
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    private static IEnumerable<string> PageNames() =>
        Directory.EnumerateFiles(Folder(), "*.md").Select(path => Path.GetFileName(path)!)
            .Where(name => name is not ("README.md" or "engines.md"));

    private static string Shown(string text, string guide) =>
        Varying.Contains(guide) ? Numbers().Replace(text, " N") : text;

    private static string Read(string name) => File.ReadAllText(Path.Combine(Folder(), name));

    private static string Folder() => Path.Combine(Path.GetDirectoryName(Here())!, "../../docs/guides");

    private static string Programs() => Path.Combine(Path.GetDirectoryName(Here())!, "../../samples/Guides");

    private static string Here([CallerFilePath] string file = "") => file;

    [GeneratedRegex(@" +\d+")]
    private static partial Regex Numbers();
}
