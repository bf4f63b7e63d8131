using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using SurfaceChild;

namespace Arena.Tests.Surface;

/// <summary>
/// Objects for one thread, used by several at a time, in a process of their own: it does not end the process, and it is
/// noticed before long. Not in every run, and there may be duplicates before: docs/threads.md says why.
/// </summary>
public sealed partial class MisuseTests
{
    private const int Runs = 12;
    private const int MostProcesses = 20;

    [Theory]
    [InlineData("pool")]
    [InlineData("map")]
    [InlineData("heap")]
    public void Use_by_several_threads_is_noticed_and_ends_no_process(string kind)
    {
        for (var process = 0; process < MostProcesses; process++)
        {
            var (exitCode, noticed, text) = Run(kind);
            Assert.True(exitCode == 0, $"{kind}: exit code {exitCode}\n{text}");
            if (noticed > 0)
                return;
        }
        Assert.Fail($"{kind}: {MostProcesses * Runs} runs, and none was noticed");
    }

    // Two threads can leave a position in one chunk and the limit of another, which ends the process.
    [Fact]
    public void Use_of_a_frame_allocator_by_several_threads_is_noticed_unless_it_ends_the_process()
    {
        var noticed = 0;
        for (var process = 0; process < MostProcesses && noticed == 0; process++)
            noticed = Run("frames").Noticed;
        Assert.True(noticed > 0, $"{MostProcesses * Runs} runs, and none was noticed");
    }

    private static (int ExitCode, int Noticed, string Text) Run(string kind)
    {
        var runs = Runs.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("dotnet", [typeof(DisposeOrder).Assembly.Location, "misuse", kind, runs])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        var noticed = NoticedRuns().Match(output) is { Success: true } match
            ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : 0;
        return (child.ExitCode, noticed, $"{output}\n{errors.Result}");
    }

    [GeneratedRegex(@"^(\d+) of \d+ runs were noticed", RegexOptions.Multiline)]
    private static partial Regex NoticedRuns();
}
