using Arena.Diagnostics;
using Arena.Tests.Blocks;
using Arena.Tests.Diagnostics.History;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>Hours of frames and a thousand restless sites, played without waiting.</summary>
public sealed class CaptureGrowthTests : IDisposable
{
    private const int SiteCount = 1_000;

    private readonly PageArena _arena = new("hours");
    private readonly string _path = Path.GetTempFileName();

    public void Dispose()
    {
        _arena.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void An_hour_at_60_Hz_with_a_thousand_sites_is_small_and_the_second_adds_less()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var fake = new FakeAllocator(_arena, "fake");
        var ledger = tracker.LedgerSet.Of(fake);
        var first = Play(tracker, ledger, fake, seconds: 3_600, out var atHalf);
        Assert.InRange(first, 1 << 20, 12 << 20);
        Assert.True(first - atHalf < atHalf, $"{atHalf} bytes in half an hour, {first} in an hour");

        var capture = MemoryCapture.Read(_path);
        Assert.Null(capture.Problem);
        Assert.Equal(SiteCount, capture.Sites.Count);
        Assert.Equal(3_600 * PlayedFrames.PerSecond, capture.Arenas[0].Frames.Sum(f => (long)f.Frames));
        Assert.InRange(capture.Arenas[0].Frames.Count, 32_768, 120_000);
        Assert.InRange(capture.SampleSeconds.Count, 1_500, 2_100);
        // Each site grows by a byte a second, apart from temporary allocations.
        var site = capture.Sites.Single(s => s.Line == 1 + SiteCount / 2);
        Assert.Equal(3_600, site.LiveCount);
        Assert.Equal(site.Bytes, site.Bytes.Order());
        var frames = capture.Arenas[0].Frames;
        for (var i = 1; i < frames.Count; i++)
            Assert.Equal(frames[i - 1].FirstFrame + frames[i - 1].Frames, frames[i].FirstFrame);
    }

    [Fact]
    public void A_series_that_is_thinned_grows_ever_more_slowly()
    {
        var thinning = new ThinningSchedule(100);
        var written = new List<int>();
        for (var i = 1; i <= 100 * 1024; i++)
        {
            if (thinning.IsDue())
                written.Add(i);
        }
        Assert.Equal(Enumerable.Range(1, 100), written.Take(100));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => 100 + 2 * i), written.Skip(100).Take(100));
        Assert.InRange(written.Count, 900, 1_100);
    }

    [Fact]
    public void Frames_that_are_not_taken_are_added_up_and_none_is_lost()
    {
        var queue = new FrameQueue(singleFrames: 1 << 20);
        for (var i = 0; i < 10_000; i++)
            queue.Add(new FrameRecord { Frame = i, Allocations = 1, Seconds = i, LiveBytes = i, PeakBytes = 2 * i });
        var blocks = queue.Take().ToArray().Concat(queue.Take().ToArray()).ToArray();
        Assert.InRange(blocks.Length, 1_000, 3_000);
        Assert.Equal(10_000, blocks.Sum(block => block.Frames));
        Assert.Equal(10_000, blocks.Sum(block => block.Allocations));
        var last = blocks[^1];
        Assert.Equal((9_999L, 19_998L, 9_999.0), (last.LiveBytes, last.PeakBytes, last.LongestSeconds));
        Assert.True(queue.Take().IsEmpty);
    }

    private long Play(LeakTracker tracker, Ledger ledger, FakeAllocator fake, int seconds, out long atHalf)
    {
        var clock = new ManualTime();
        var contents = new CaptureContents(new CaptureFile(_path), new CaptureOptions(), clock);
        contents.Begin();
        var track = contents.AddTrack(tracker);
        var random = new Random(4);
        atHalf = 0;
        nuint address = 64;
        long number = 0;
        for (var second = 0; second < seconds; second++)
        {
            for (var line = 1; line <= SiteCount; line++, address += 64)
                ledger.Allocated(address, 1, new SourceLine("Game.cs", line, "Spawn"));
            for (var frame = 0; frame < PlayedFrames.PerSecond; frame++)
                track.Add(PlayedFrames.Of(number++, random));
            clock.Advance(1);
            contents.Write();
            if (second == seconds / 2)
                atHalf = contents.FileBytes;
        }
        contents.End();
        contents.Dispose();
        return new FileInfo(_path).Length;
    }
}
