using System.Diagnostics;
using System.Globalization;
using SurfaceChild;

namespace Arena.Tests.Surface;

/// <summary>
/// Everything public, called after Dispose and while another thread disposes, in a process of its own: an access
/// violation ends that process, and its last line names the call.
/// </summary>
public sealed class PublicSurfaceTests
{
    // Only a failing test waits this long.
    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(nameof(DisposeOrder.Object))]
    [InlineData(nameof(DisposeOrder.Arena))]
    [InlineData(nameof(DisposeOrder.ObjectThenArena))]
    [InlineData(nameof(DisposeOrder.ArenaThenObject))]
    public void After_Dispose_every_public_member_does_what_its_comment_says(string order) => Run("disposed", order);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_any_thread_may_look_at_may_be_disposed_meanwhile(int seed)
    {
        for (var run = 0; run < LongRuns; run++)
            Run("threads", (seed + 2 * run).ToString(CultureInfo.InvariantCulture));
    }

    // ARENA_LONG_RUNS=1000 runs a thousand pairs of seeds.
    private static int LongRuns =>
        int.TryParse(Environment.GetEnvironmentVariable("ARENA_LONG_RUNS"), out var runs) ? runs : 1;

    private static void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(DisposeOrder).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        var output = child.StandardOutput.ReadToEndAsync();
        if (!child.WaitForExit(Forever))
        {
            child.Kill();
            Assert.Fail($"It never ends, after: {LastCall(output.Result)}");
        }
        var findings = output.Result.Split('\n').Where(line => line.StartsWith('!'));
        Assert.Empty(findings);
        Assert.True(child.ExitCode == 0, $"It died in: {LastCall(output.Result)}\n{errors.Result}");
    }

    private static string LastCall(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith('>')) ?? "nothing yet";
}
