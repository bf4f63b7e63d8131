using System.Diagnostics;

namespace Arena.Tests.Packaging;

/// <summary>Arena.Memory, packed into a folder of its own from what was built with these tests.</summary>
public sealed class PackedPackage : IDisposable
{
    public const string Version = "0.1.0-test";

    public PackedPackage()
    {
        Feed = Directory.CreateTempSubdirectory("arena-feed-").FullName;
        // .../Arena.Tests/bin/Release/net10.0/
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        Dotnet(
            PackageTests.Root(), [], "pack", "Arena.Memory", "--no-build", "--configuration", configuration,
            $"-p:PackageVersion={Version}", "--output", Feed);
    }

    public string Feed { get; }

    public string Path => System.IO.Path.Combine(Feed, $"Arena.Memory.{Version}.nupkg");

    public void Dispose() => Directory.Delete(Feed, recursive: true);

    /// <summary>Runs a dotnet command.</summary>
    /// <returns>The program's output.</returns>
    internal static string Dotnet(string folder, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}:\n{text}");
        return text;
    }
}
