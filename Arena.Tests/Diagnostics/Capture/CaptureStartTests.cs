using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Diagnostics.Capture;

/// <summary>Nothing is destroyed by starting: what may fail comes first, and a file has one writer.</summary>
public sealed class CaptureStartTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("capture");
    private readonly PageArena _arena = new("level");
    private readonly LeakTracker _tracker;

    public CaptureStartTests() => _tracker = LeakTracker.Attach(_arena);

    public void Dispose()
    {
        _tracker.Dispose();
        _arena.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void A_second_start_on_the_path_of_a_running_one_changes_nothing()
    {
        var path = In("game.arena");
        using var other = new PageArena("other");
        using var tracker = LeakTracker.Attach(other);
        using (var writer = CaptureWriter.Start(path, _tracker))
        {
            writer.Mark("first");
            writer.Flush();
            var before = MemoryCapture.Read(path).Events.Count;
            Assert.Throws<InvalidOperationException>(() => CaptureWriter.Start(path, _tracker));
            foreach (var same in PathsTo(path))
            {
                var refusal = Assert.Throws<IOException>(() => CaptureWriter.Start(same, tracker));
                Assert.Contains(same, refusal.Message, StringComparison.Ordinal);
                Assert.Contains("already being written", refusal.Message, StringComparison.Ordinal);
                Assert.Throws<IOException>(() => AllocationTraceRecorder.Attach(other, same));
            }
            Assert.Equal(before, MemoryCapture.Read(path).Events.Count);
            writer.Mark("last");
        }
        var capture = MemoryCapture.Read(path);
        Assert.Null(capture.Problem);
        Assert.Equal(["first", "last"], capture.Events.Select(each => each.Text));
        // The refused tracker may be captured elsewhere, and the file is free again.
        CaptureWriter.Start(In("other.arena"), tracker).Dispose();
        CaptureWriter.Start(path, tracker).Dispose();
        Assert.Equal("other", Assert.Single(MemoryCapture.Read(path).Arenas).Name);
    }

    [LinuxFact]
    public void Another_process_may_not_take_the_file_of_a_running_capture()
    {
        var path = In("game.arena");
        using (var writer = CaptureWriter.Start(path, _tracker))
        {
            writer.Mark("kept");
            using var child = new ChildOfTest("write", path);
            Assert.Equal(1, child.ExitCode());
        }
        Assert.Equal("kept", Assert.Single(MemoryCapture.Read(path).Events).Text);
        using var later = new ChildOfTest("write", path);
        Assert.Equal(0, later.ExitCode());
        Assert.Empty(MemoryCapture.Read(path).Events);
    }

    [Fact]
    public void A_start_that_fails_leaves_a_file_that_is_there_and_makes_none()
    {
        var path = In("kept.arena");
        File.WriteAllText(path, "kept");
        var gone = LeakTracker.Attach(_arena);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => CaptureWriter.Start(path, gone));
        Assert.Throws<ArgumentNullException>(() => CaptureWriter.Start(path, _tracker, null!));
        Assert.Throws<InvalidOperationException>(() => CaptureWriter.Start(path, _tracker, _tracker));
        Assert.Throws<ObjectDisposedException>(() => CaptureWriter.Start(In("none.arena"), _tracker, gone));
        Assert.Equal("kept", File.ReadAllText(path));
        Assert.Single(_folder.GetFiles());
        // None of them holds the tracker.
        CaptureWriter.Start(path, _tracker).Dispose();
        Assert.Null(MemoryCapture.Read(path).Problem);
    }

    [Fact]
    public void Starts_at_the_same_time_on_one_path_give_it_to_one_of_them()
    {
        var path = In("game.arena");
        var started = 0;
        using var all = new Barrier(4);
        Thread[] threads =
        [
            .. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                all.SignalAndWait();
                try
                {
                    using var writer = CaptureWriter.Start(path);
                    Interlocked.Increment(ref started);
                    all.SignalAndWait();
                }
                catch (IOException)
                {
                    all.SignalAndWait();
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(1, started);
    }

    [Fact]
    public void A_running_samplers_file_is_not_taken_either()
    {
        var path = In("game.memory");
        using (var sampler = new MemorySampler(_arena, new MemorySamplerOptions { FilePath = path }))
        {
            sampler.Sample();
            Assert.Throws<IOException>(() => CaptureWriter.Start(path, _tracker));
            sampler.Sample();
        }
        Assert.Equal(2, MemoryRecord.Read(path).Cells.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_map_of_an_arena_that_was_disposed_is_refused(bool hasMemory)
    {
        var arena = new PageArena("gone");
        var tracker = LeakTracker.Attach(arena);
        using var writer = CaptureWriter.Start(In("game.arena"), tracker);
        if (hasMemory)
        {
            using var pool = new Pool<long>(arena);
            unsafe
            {
                pool.Free(pool.Allocate());
            }
        }
        arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.RecordMap(tracker));
        writer.Flush();
        tracker.Dispose();
        Assert.ThrowsAny<InvalidOperationException>(() => writer.RecordMap(tracker));
        writer.Dispose();
        Assert.Null(MemoryCapture.Read(In("game.arena")).Problem);
    }

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private IEnumerable<string> PathsTo(string path)
    {
        yield return path;
        yield return Path.GetRelativePath(Environment.CurrentDirectory, path);
        yield return Path.Combine(_folder.FullName, "..", _folder.Name, Path.GetFileName(path));
        if (OperatingSystem.IsWindows())
        {
            yield return path.ToUpperInvariant();
            yield break;
        }
        File.CreateSymbolicLink(In("link"), path);
        yield return In("link");
        Directory.CreateSymbolicLink(In("folder"), _folder.FullName);
        yield return Path.Combine(In("folder"), Path.GetFileName(path));
    }
}
