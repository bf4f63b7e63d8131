using Arena.Tests.Os;

namespace Arena.Tests.Diagnostics;

/// <summary>If addresses are limited (ulimit -v), the diagnostics of a small arena have to fit beside it.</summary>
public sealed class LimitedAddressesTests
{
    [LinuxFact]
    public void Tracker_capture_sampler_metrics_and_assertion_take_what_they_need_and_no_more()
    {
        using var child = ChildOfTest.WithAddresses(4, "limited");
        Assert.Equal("1000000 live, 0 untracked, complete, 12 measured", child.ReadLine());
    }
}
