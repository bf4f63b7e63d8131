namespace Arena.Tests.Packaging;

/// <summary>
/// A new project in a folder of its own that references the package, as <c>dotnet new console</c> makes one.
/// </summary>
internal sealed class GameProject : IDisposable
{
    private const string PlainReference = "<PackageReference Include=\"Arena.Memory\" Version=\"0\" />";

    private readonly string _folder = Directory.CreateTempSubdirectory("arena-game-").FullName;

    public GameProject(PackedPackage packed, string reference = PlainReference)
    {
        // The version that the README prints is not the one that was packed.
        var version = reference.IndexOf("Version=\"", StringComparison.Ordinal) + "Version=\"".Length;
        var pinned = $"{reference[..version]}[{PackedPackage.Version}]{reference[reference.IndexOf('"', version)..]}";
        Write("Game.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>{pinned.Trim()}</ItemGroup>
            </Project>
            """);
        Write("nuget.config", $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{packed.Feed}" />
                <add key="cache" value="{Cache}" />
              </packageSources>
            </configuration>
            """);
    }

    // The folder of this project's packages, which NuGet takes for a source.
    private static string Cache =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    /// <summary>Restores, builds and runs it.</summary>
    /// <returns>The program's output.</returns>
    public string Run() => PackedPackage.Dotnet(
        _folder, new() { ["NUGET_PACKAGES"] = Path.Combine(_folder, "packages") }, "run", "--configuration", "Release");

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
