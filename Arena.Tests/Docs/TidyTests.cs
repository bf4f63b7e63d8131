using System.Runtime.CompilerServices;

namespace Arena.Tests.Docs;

/// <summary>The repository checks its own shape.</summary>
public sealed class TidyTests
{
    private const int MostLines = 400;
    private const int MostColumns = 120;

    public static TheoryData<string> Folders =>
        new("Arena", "Arena.Pools", "Arena.Collections", "Arena.Diagnostics", "Arena.Report", "Arena.Tests",
            "Arena.Bench", "samples", "build");

    [Theory]
    [MemberData(nameof(Folders))]
    public void Files_are_short_and_lines_fit(string folder)
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(path => !IsGenerated(path))
            .ToArray();
        Assert.NotEmpty(sources);
        foreach (var path in sources)
        {
            var lines = File.ReadAllLines(path);
            Assert.True(lines.Length <= MostLines, $"{path} has {lines.Length} lines; divide it");
            for (var i = 0; i < lines.Length; i++)
            {
                Assert.True(lines[i].Length <= MostColumns, $"{path}:{i + 1} has {lines[i].Length} columns");
                Assert.False(lines[i].Contains('\t', StringComparison.Ordinal), $"{path}:{i + 1} has a tab");
            }
        }
    }

    [Fact]
    public void Imports_point_only_downwards()
    {
        Assert.Empty(ImportsOf(
            "Arena", "Arena.Pools", "Arena.Collections", "Arena.Diagnostics", "Arena.Report", "GameLoop"));
        Assert.Empty(ImportsOf("Arena.Pools", "Arena.Collections", "Arena.Diagnostics", "Arena.Report", "GameLoop"));
        Assert.Empty(ImportsOf("Arena.Collections", "Arena.Diagnostics", "Arena.Report", "GameLoop"));
        Assert.Empty(ImportsOf("Arena.Diagnostics", "Arena.Collections", "Arena.Report", "GameLoop"));
        Assert.Empty(ImportsOf("Arena.Report", "GameLoop"));
    }

    private static IEnumerable<string> ImportsOf(string folder, params string[] above) =>
        from path in Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
        where !IsGenerated(path)
        from line in File.ReadLines(path)
        from room in above
        where line.StartsWith($"using {room}", StringComparison.Ordinal)
        select $"{path}: {line}";

    private static bool IsGenerated(string path) =>
        path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
