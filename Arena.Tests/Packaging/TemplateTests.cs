namespace Arena.Tests.Packaging;

/// <summary>A game as <c>dotnet new</c> makes it of the template, restored from a folder, built and run.</summary>
public sealed class TemplateTests(PackedPackage packed) : IClassFixture<PackedPackage>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("arena-template-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_game_of_the_template_runs_and_nothing_of_it_leaks()
    {
        PackedPackage.Dotnet(
            PackageTests.Root(), [], "pack", "Arena.Templates", "--configuration", "Release",
            $"-p:PackageVersion={PackedPackage.Version}", "--output", packed.Feed);
        // Templates are installed for a user: this one has a home of its own.
        var home = new Dictionary<string, string> { ["DOTNET_CLI_HOME"] = Path.Combine(_folder.FullName, "home") };
        PackedPackage.Dotnet(
            _folder.FullName, home, "new", "install",
            Path.Combine(packed.Feed, $"Arena.Memory.Templates.{PackedPackage.Version}.nupkg"));
        PackedPackage.Dotnet(_folder.FullName, home, "new", "arena-game", "--output", "SpaceGame");

        var game = Path.Combine(_folder.FullName, "SpaceGame");
        Assert.Equal(
            ["Entities.cs", "Program.cs", "SpaceGame.csproj", "World.cs"],
            Directory.GetFiles(game).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(
            Directory.GetFiles(game),
            file => Assert.DoesNotContain("ArenaGame", File.ReadAllText(file), StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(game, "nuget.config"), GameProject.Sources(packed));
        // Many people try it inside a repository that keeps its package versions in one place.
        File.WriteAllText(
            Path.Combine(_folder.FullName, "Directory.Packages.props"),
            "<Project><PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>"
            + "</PropertyGroup></Project>");
        var played = PackedPackage.Dotnet(
            game, new() { ["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "packages") },
            "run", "--configuration", "Release", "-p:TreatWarningsAsErrors=true", "-p:UseAppHost=false", "--", "90");
        Assert.Contains("100 ships, 1900 sparks", played, StringComparison.Ordinal);
        Assert.Contains("0 live allocations", played, StringComparison.Ordinal);
    }
}
