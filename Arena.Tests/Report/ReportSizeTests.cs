using System.Xml.Linq;
using Arena.Diagnostics;
using Arena.Report.Model;
using Arena.Report.Page;
using Arena.Tests.Blocks;
using Arena.Tests.Diagnostics.Capture;
using Arena.Tests.Diagnostics.History;

namespace Arena.Tests.Report;

/// <summary>An hour at 60 Hz with a thousand lines that all grow and shrink, written by the writer itself.</summary>
public sealed class ReportSizeTests : IDisposable
{
    private const int Sites = 1_000;
    private const int Seconds = 3_600;
    private const int LeakingLine = 500;

    private readonly PageArena _arena = new("hour");
    private readonly string _path = Path.GetTempFileName();

    public void Dispose()
    {
        _arena.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void An_hour_of_a_thousand_lines_is_a_page_below_five_megabytes_that_finds_the_leak()
    {
        Play();
        var capture = MemoryCapture.Read(_path);
        Assert.Equal(Seconds * PlayedFrames.PerSecond, capture.Arenas[0].Frames.Sum(f => (long)f.Frames));
        Assert.Equal(Sites, capture.Sites.Count);

        var model = ReportSource.Of(capture, "hour.arena", new ReportOptions());
        var page = ReportPage.Of(model);
        Assert.InRange(page.Length, 100_000, 5_000_000);
        using var stream = new MemoryStream(page);
        Assert.Equal(Sites + 2, XDocument.Load(stream).Descendants("section")
            .Single(each => each.Attribute("id")!.Value == "sites").Descendants("tr").Count());
        Assert.Equal(LeakingLine, model.Sites[0].Line);
        Assert.True(model.Sites[0].Grows);
        // One in twenty of those that are said to grow may be wrong.
        Assert.InRange(model.Sites.Count(site => site.Grows), 1, 3);
        Assert.Contains($"Game.cs:{LeakingLine}", model.Verdict.Sentence, StringComparison.Ordinal);
    }

    private void Play()
    {
        using var tracker = LeakTracker.Attach(_arena);
        var ledger = tracker.LedgerSet.Of(new FakeAllocator(_arena, "fake"));
        var time = new ManualTime();
        using var contents = new CaptureContents(new CaptureFile(_path), new CaptureOptions(), time);
        contents.Begin();
        var track = contents.AddTrack(tracker);
        var random = new Random(4);
        var alive = new bool[Sites];
        for (var second = 0; second < Seconds; second++)
        {
            for (var line = 1; line <= Sites; line++)
            {
                var address = (nuint)line * 65_536;
                if (random.Next(2) == 0)
                    continue;
                if (alive[line - 1])
                    ledger.Freed(address, 64);
                else
                    ledger.Allocated(address, 64, new SourceLine("Game.cs", line, "Spawn"));
                alive[line - 1] = !alive[line - 1];
            }
            ledger.Allocated(
                (nuint)(1 << 30) + (nuint)second * 64, 48, new SourceLine("Game.cs", LeakingLine, "Spawn"));
            for (var frame = 0; frame < PlayedFrames.PerSecond; frame++)
                track.Add(PlayedFrames.Of(second * PlayedFrames.PerSecond + frame, random));
            time.Advance(1);
            contents.Write();
        }
        contents.End();
    }
}
