using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Arena.Tests.Packaging;

/// <summary>
/// The package as a game gets it: packed, restored into new projects from a folder, compiled with the README's own
/// code, and run. Needs no network: what else a game needs is in the NuGet cache since this project was restored.
/// </summary>
public sealed partial class PackageTests(PackedPackage packed) : IClassFixture<PackedPackage>
{
    private static readonly string[] Assemblies = ["Arena", "Arena.Collections", "Arena.Diagnostics", "Arena.Pools"];

    [Fact]
    public void The_ten_lines_of_the_README_compile_as_printed_and_run()
    {
        using var game = new GameProject(packed);
        game.Write("Program.cs", Code("README.md", "## Ten lines"));
        game.Write("Level.cs", Code("docs/embedding.md", "error CS0138", skip: 2));
        Assert.Contains("1 live allocation, ", game.Run(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_game_with_a_type_named_Arena_uses_the_package_by_an_alias()
    {
        using var game = new GameProject(packed, Code("docs/embedding.md", "error CS0138"));
        game.Write("Program.cs", Code("docs/embedding.md", "error CS0138", skip: 1));
        Assert.Contains("2 bullets", game.Run(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_package_holds_all_assemblies_of_one_version_and_depends_on_none_of_them()
    {
        using var package = ZipFile.OpenRead(packed.Path);
        var files = package.Entries.Select(entry => entry.FullName).ToArray();
        foreach (var assembly in Assemblies)
        {
            Assert.Contains($"lib/net10.0/{assembly}.dll", files);
            Assert.Contains($"lib/net10.0/{assembly}.xml", files);
        }
        Assert.Equal(Assemblies.Length, files.Count(file => file.EndsWith(".dll", StringComparison.Ordinal)));
        var dependencies = XDocument.Load(package.Entries.Single(IsSpecification).Open())
            .Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => (string?)element.Attribute("id")).Order();
        Assert.Equal(["Microsoft.Extensions.DependencyModel", "Silk.NET.Core"], dependencies);
        Assert.Single(Assemblies.Select(name => VersionOf(package, name)).Distinct());
    }

    [Fact]
    public void A_package_shows_an_icon_and_a_README_whose_links_lead_somewhere_from_anywhere()
    {
        using var package = ZipFile.OpenRead(packed.Path);
        var specification = XDocument.Load(package.Entries.Single(IsSpecification).Open());
        var named = specification.Descendants().Where(each => each.Name.LocalName is "icon" or "readme");
        Assert.Equal(["README.md", "icon.png"], named.Select(each => each.Value).Order(StringComparer.Ordinal));
        Assert.NotNull(package.GetEntry("icon.png"));
        using var reader = new StreamReader(package.GetEntry("README.md")!.Open());
        var readme = reader.ReadToEnd();
        var links = Link().Matches(readme).Select(match => match.Groups[1].Value).ToArray();
        Assert.True(links.Length > 20, $"{links.Length} links are no test");
        Assert.All(links, link => Assert.Matches("^(https?://|#)", link));
        Assert.Contains(links, link => link.StartsWith($"{PackedPackage.Repository}/raw/", StringComparison.Ordinal)
            && link.EndsWith("/docs/world.svg", StringComparison.Ordinal));
        Assert.Contains(links, link => link.StartsWith($"{PackedPackage.Repository}/blob/", StringComparison.Ordinal)
            && link.EndsWith("/docs/report.md", StringComparison.Ordinal));
        // All else is as it is here.
        var here = File.ReadAllText(Path.Combine(Root(), "README.md"));
        Assert.Equal(Words(here), Words(readme));

        static string Words(string text) => Link().Replace(text, "").ReplaceLineEndings("\n").Trim();
    }

    [Fact]
    public void Every_assembly_has_its_symbols()
    {
        using var symbols = ZipFile.OpenRead(packed.SymbolsPath);
        Assert.Equal(
            Assemblies.Select(assembly => $"lib/net10.0/{assembly}.pdb").Order(StringComparer.Ordinal),
            symbols.Entries.Select(entry => entry.FullName)
                .Where(file => file.EndsWith(".pdb", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_versions_cannot_be_mixed_because_nothing_else_is_packed()
    {
        var packable = Directory.EnumerateFiles(Root(), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("<IsPackable>true<", StringComparison.Ordinal))
            .Select(Path.GetFileNameWithoutExtension)
            .Order();
        Assert.Equal(["Arena.Memory", "Arena.Report", "Arena.Templates"], packable);
    }

    internal static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    private static bool IsSpecification(ZipArchiveEntry entry) =>
        entry.Name.EndsWith(".nuspec", StringComparison.Ordinal);

    private static Version? VersionOf(ZipArchive package, string assembly)
    {
        var path = Path.GetTempFileName();
        try
        {
            package.GetEntry($"lib/net10.0/{assembly}.dll")!.ExtractToFile(path, overwrite: true);
            return AssemblyName.GetAssemblyName(path).Version;
        }
        finally
        {
            File.Delete(path);
        }
    }

    // A code block of a page behind a text.
    private static string Code(string page, string behind, int skip = 0)
    {
        var text = File.ReadAllText(Path.Combine(Root(), page)).ReplaceLineEndings("\n");
        var from = text.IndexOf(behind, StringComparison.Ordinal);
        Assert.True(from >= 0, $"{page} does not say '{behind}'");
        return CodeBlock().Matches(text, from)[skip].Groups[1].Value;
    }

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("```(?:csharp|xml)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
