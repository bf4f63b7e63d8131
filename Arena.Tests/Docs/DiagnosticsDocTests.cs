using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Docs;

/// <summary>The examples in docs/diagnostics.md are these, and they run.</summary>
public sealed class DiagnosticsDocTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_examples_are_the_ones_below_and_run()
    {
        var doc = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "diagnostics.md"));
        foreach (var region in new[] { "tracker", "capture" })
            Assert.Contains(Region(region), doc.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        using var arena = new PageArena("game");
        Assert.Equal(3, Track(arena));
        Assert.Equal(["level 2"], Capture(arena, _path));
    }

    [Fact]
    public void Every_section_that_the_writer_knows_is_in_the_description_of_the_format()
    {
        var doc = File.ReadAllText(
            Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "docs", "capture-format.md"));
        foreach (var kind in Enum.GetValues<SectionKind>())
            Assert.Contains($"| {(int)kind} {kind} |", doc, StringComparison.Ordinal);
        foreach (var kind in Enum.GetValues<ChunkKind>())
            Assert.Contains($"{(int)kind} {kind}", doc, StringComparison.Ordinal);
        Assert.Contains($"version {CaptureFormat.Major}.{CaptureFormat.Minor}", doc, StringComparison.Ordinal);
    }

    private static unsafe int Track(PageArena arena)
    {
        using var paths = new Pool<long>(arena);

        #region tracker
        using var tracker = LeakTracker.Attach(arena);              // every allocator, now and later
        tracker.SetBudget("ai", new MemoryBudget { HardBytes = 8 << 20, SoftBytes = 6 << 20 });

        for (var frame = 0; frame < 3; frame++)
        {
            using (MemoryTag.Begin("ai"))                           // whose memory it is; ends with the block
                paths.Allocate();
            tracker.EndFrame();                                     // ages, short lives, a record of the frame
        }
        LeakReport report = tracker.Report();                       // by line and tag, most bytes first
        Console.WriteLine(report);
        #endregion

        Assert.Equal("ai", Assert.Single(report.Sites).Tag);
        return report.LiveCount;
    }

    private static string[] Capture(PageArena arena, string path)
    {
        using var tracker = LeakTracker.Attach(arena);

        #region capture
        using var capture = CaptureWriter.Start(path, tracker);     // a thread of its own writes once a second
        capture.Mark("level 2");                                    // a moment with a name
        capture.RecordMap(tracker);                                 // blocks, live runs and holes of the whole arena
        capture.RecordSnapshot("after loading");                    // by line, tag and size class
        capture.Dispose();

        var read = MemoryCapture.Read(path);                        // also of a process that was killed, or runs still
        Console.WriteLine(read.Problem ?? "complete");
        #endregion

        Assert.Null(read.Problem);
        return [.. read.Events.Select(e => e.Text)];
    }

    // The lines of a region, without their indentation.
    private static string Region(string name)
    {
        var source = File.ReadAllLines(Here());
        var first = Array.FindIndex(source, line => line.EndsWith("#region " + name, StringComparison.Ordinal)) + 1;
        var last = Array.FindIndex(source, first, line => line.Contains("#endregion", StringComparison.Ordinal));
        return string.Join('\n', source[first..last].Select(line => line.Length > 8 ? line[8..] : ""));
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
