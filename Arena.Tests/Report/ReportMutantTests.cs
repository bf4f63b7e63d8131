using Arena.Report.Options;
using Arena.Tests.Diagnostics.Files;

namespace Arena.Tests.Report;

/// <summary>The tool on files that something else wrote: a report, or one line that says why there is none.</summary>
public sealed class ReportMutantTests : IDisposable
{
    private const int Mutants = 12;

    private static readonly byte[] OldCapture = FixedFile.Bytes("written-by-1.0.arena");
    private static readonly byte[] OldRecord = FixedFile.Bytes("written-by-1.0.memory");
    private static readonly string[] Formats = ["html", "json", "md", "pprof", "chrome", "speedscope", "svg", "text"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("report mutants");

    public static TheoryData<int> Seeds => LongRuns.Seeds(usual: 6);

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_a_file_says_the_tool_ends_with_a_report_or_with_one_line(int seed)
    {
        var random = new Random(2_000_000 + seed);
        var (file, other) = (In("mutant"), In("other"));
        for (var run = 0; run < Mutants; run++)
        {
            var name = $"seed {seed}, run {run}";
            File.WriteAllBytes(file, Mutant(random));
            File.WriteAllBytes(other, random.Next(3) == 0 ? OldCapture : Mutant(random));
            await Check(name, file, "--output", In("report"), "--format", Formats[random.Next(Formats.Length)]);
            await Check(name + ", diff", "--diff", other, file, "--format", "json");
        }
    }

    private static async Task Check(string name, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error);
        Assert.True(code is ExitCode.Success or ExitCode.Failed, $"{name}: {code}");
        Assert.True(code == ExitCode.Success == (error.ToString().Length == 0), $"{name}: {error}");
        Assert.True(error.ToString().TrimEnd().Split('\n').Length == 1, $"{name}: {error}");
    }

    // A change that keeps the checksums right, bytes that do not, an end that is missing.
    private static byte[] Mutant(Random random)
    {
        var file = random.Next(2) == 0 ? CaptureMutant.Of(OldCapture, random) : SampleMutantTests.Mutant(random);
        switch (random.Next(4))
        {
            case 0:
                file = (random.Next(2) == 0 ? OldCapture : OldRecord).ToArray();
                for (var damage = random.Next(1, 30); damage > 0; damage--)
                    file[random.Next(file.Length)] = (byte)random.Next(256);
                return file;
            case 1:
                return file[..random.Next(file.Length + 1)];
            default:
                return file;
        }
    }

    private string In(string file) => Path.Combine(_folder.FullName, file);
}
