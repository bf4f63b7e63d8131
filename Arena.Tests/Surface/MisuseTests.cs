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
    [InlineData("frames")]
    public void Use_by_several_threads_is_noticed_and_ends_no_process(string kind)
    {
        for (var process = 0; process < MostProcesses; process++)
        {
            if (Noticed(kind) > 0)
                return;
        }
        Assert.Fail($"{kind}: {MostProcesses * Runs} runs, and none was noticed");
    }

    private static int Noticed(string kind)
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
        Assert.True(child.ExitCode == 0, $"{kind}: exit code {child.ExitCode}\n{output}\n{errors.Result}");
        return int.Parse(NoticedRuns().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(\d+) of \d+ runs were noticed", RegexOptions.Multiline)]
    private static partial Regex NoticedRuns();
}
