using System.Diagnostics;
using Arena.Collections;
using SurfaceChild;

namespace Arena.Tests.Collections;

/// <summary>The checks of debug builds, in a process that declares itself one.</summary>
public sealed class ChecksTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("0")]
    public void Stale_copies_and_changes_during_a_walk_are_seen_where_checks_are_on(string isOn)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(DisposeOrder).Assembly.Location, "checks", isOn])
        {
            RedirectStandardOutput = true,
            Environment = { [Checks.Variable] = isOn },
        };
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.DoesNotContain(output.Split('\n'), line => line.StartsWith('!'));
        Assert.Equal(0, child.ExitCode);
    }

    [Fact]
    public void The_environment_decides_then_the_configuration_then_how_the_program_was_compiled()
    {
        Assert.True(Checks.Decide("1", false, null));
        Assert.False(Checks.Decide("0", true, null));
        Assert.True(Checks.Decide(null, true, null));
        Assert.False(Checks.Decide(null, false, typeof(ChecksTests).Assembly));
        Assert.False(Checks.Decide(null, null, null));
        var isDebugged = typeof(ChecksTests).Assembly.GetCustomAttributes(typeof(DebuggableAttribute), false)
            .Cast<DebuggableAttribute>().Any(attribute => attribute.IsJITOptimizerDisabled);
        Assert.Equal(isDebugged, Checks.Decide(null, null, typeof(ChecksTests).Assembly));
    }
}
