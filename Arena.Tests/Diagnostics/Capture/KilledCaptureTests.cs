using System.Globalization;
using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>A process that is killed at a random moment loses an interval at most.</summary>
public sealed class KilledCaptureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Killed_at_a_random_moment_it_holds_all_that_was_written(int seed)
    {
        var path = Path.GetTempFileName();
        var random = new Random(seed);
        using var victim = Victim.Start(path);
        try
        {
            long certain = 0;
            for (var lines = random.Next(3, 40); lines > 0; lines--)
            {
                var line = victim.StandardOutput.ReadLine();
                Assert.True(line is not null, $"the victim ended by itself, seed {seed}");
                certain = long.Parse(line, CultureInfo.InvariantCulture);
            }
            Thread.SpinWait(random.Next(5_000_000));
            victim.Kill();
            victim.WaitForExit();

            var capture = MemoryCapture.Read(path);
            Assert.StartsWith("it was not ended", capture.Problem, StringComparison.Ordinal);
            Assert.DoesNotContain("damaged", capture.Problem, StringComparison.Ordinal);
            var arena = Assert.Single(capture.Arenas);
            Assert.Equal("victim", arena.Name);
            var frames = arena.Frames.Sum(f => (long)f.Frames);
            Assert.True(frames >= certain, $"{frames} frames, {certain} were certain, seed {seed}");
            var site = Assert.Single(capture.Sites);
            Assert.True(site.LiveCount >= certain, $"{site.LiveCount} live, {certain} were certain, seed {seed}");
            Assert.Equal(site.LiveCount, site.Counts[^1]);
            Assert.Equal(site.Counts, site.Counts.Order());
            Assert.True(site.LiveCount <= arena.Totals[^1].Allocations);
        }
        finally
        {
            if (!victim.HasExited)
                victim.Kill();
            File.Delete(path);
        }
    }
}
