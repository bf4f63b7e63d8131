using System.IO.Compression;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.Traces;

/// <summary>Recordings that end before their time, or do not begin.</summary>
public sealed unsafe class UnfinishedTraceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arena-traces-").FullName;
    private readonly PageArena _arena = new("game");

    private string FilePath => Path.Combine(_folder, "game.trace.gz");

    public void Dispose()
    {
        _arena.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_process_killed_while_it_records_leaves_all_that_it_wrote(int run)
    {
        using var child = new ChildOfTest("record", FilePath);
        Assert.Equal("recording", child.ReadLine());
        // A frame is 200 events of some four bytes: much more than what may wait is in the file by then.
        SpinWait.SpinUntil(() => new FileInfo(FilePath).Length > run * 50_000, TimeSpan.FromSeconds(30));
        child.Kill();
        var trace = AllocationTrace.Read(FilePath);
        Assert.StartsWith("it was not ended, its process died: known up to line ", trace.Problem);
        Assert.True(trace.TickCount > 100, $"{trace.TickCount} frames");
        var events = trace.Events.ToArray();
        var frees = events.Count(e => e.Kind == TraceEventKind.Free);
        Assert.Equal(events.Length, trace.AllocationCount + trace.TickCount + frees);
        Assert.InRange(trace.AllocationCount - frees, 0, 1);
    }

    [Fact]
    public void Wherever_a_recording_is_cut_off_the_lines_before_are_read()
    {
        using var heap = new Heap(_arena);
        using (var recorder = AllocationTraceRecorder.Attach(_arena, FilePath))
        {
            for (var frame = 0; frame < 50; frame++)
            {
                for (var i = 0; i < 20; i++)
                    heap.Free(heap.Allocate((nuint)(i * 37 + frame)));
                recorder.EndFrame();
            }
        }
        var whole = AllocationTrace.Read(FilePath);
        Assert.Null(whole.Problem);
        var bytes = File.ReadAllBytes(FilePath);
        var known = 0;
        for (var length = 440; length < bytes.Length - 8; length += 7)
        {
            var trace = AllocationTrace.Read(new MemoryStream(bytes[..length]), "cut");
            // Behind the last event come only bytes that say that none follows.
            Assert.Equal(trace.Events.Length < whole.Events.Length, trace.Problem is not null);
            Assert.True(trace.Events.SequenceEqual(whole.Events[..trace.Events.Length]), $"cut at {length}");
            Assert.True(trace.Events.Length >= known, $"cut at {length}");
            known = trace.Events.Length;
        }
        Assert.True(known > 1_000, $"{known} events");
    }

    [Fact]
    public void A_frame_that_ended_is_in_the_file_though_nothing_was_disposed()
    {
        using var heap = new Heap(_arena);
        using var recorder = AllocationTraceRecorder.Attach(_arena, FilePath);
        heap.Free(heap.Allocate(16));
        recorder.EndFrame();
        var trace = AllocationTrace.Read(FilePath);
        Assert.Equal((1, 1, 3), (trace.AllocationCount, trace.TickCount, trace.Events.Length));
        Assert.NotNull(trace.Problem);
    }

    [Fact]
    public void What_cannot_be_recorded_leaves_a_file_that_is_there_as_it_is()
    {
        File.WriteAllText(FilePath, "kept");
        var gone = new PageArena("gone");
        var heap = new Heap(gone);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => AllocationTraceRecorder.Attach(gone, FilePath));
        Assert.Throws<ObjectDisposedException>(() => AllocationTraceRecorder.Attach(heap, FilePath));
        Assert.Throws<ArgumentOutOfRangeException>(() => AllocationTraceRecorder.Attach(_arena, FilePath, 0));
        Assert.Equal("kept", File.ReadAllText(FilePath));
        var other = Path.Combine(_folder, "other.trace.gz");
        Assert.Throws<ObjectDisposedException>(() => AllocationTraceRecorder.Attach(gone, other));
        Assert.False(File.Exists(other));
    }

    [Fact]
    public void A_second_recorder_of_one_file_is_refused_and_the_first_one_loses_nothing()
    {
        using var other = new PageArena("other");
        using var heap = new Heap(_arena);
        using (var recorder = AllocationTraceRecorder.Attach(_arena, FilePath))
        {
            heap.Allocate(16);
            recorder.EndFrame();
            var link = Path.Combine(_folder, "link");
            File.CreateSymbolicLink(link, FilePath);
            foreach (var path in new[] { FilePath, link, Path.Combine(_folder, ".", "game.trace.gz") })
            {
                var refusal = Assert.Throws<IOException>(() => AllocationTraceRecorder.Attach(other, path));
                Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
                Assert.Throws<IOException>(() => CaptureWriter.Start(path));
            }
            Assert.Equal(0, other.Allocators().Sum(allocator => allocator.IsObserved ? 1 : 0));
            heap.Allocate(32);
        }
        Assert.Equal(3, AllocationTrace.Read(FilePath).Events.Length);
    }

    [Fact]
    public void A_recorder_that_is_full_ends_the_file_and_says_so_there()
    {
        using var heap = new Heap(_arena);
        using (var recorder = AllocationTraceRecorder.Attach(_arena, FilePath, maximumEvents: 5))
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(i > 2, recorder.IsFull);
                heap.Free(heap.Allocate(16));
                recorder.EndFrame();
            }
            Assert.Equal(5, recorder.EventCount);
        }
        var trace = AllocationTrace.Read(FilePath);
        Assert.Null(trace.Problem);
        Assert.Equal((3, 2), (trace.AllocationCount, trace.TickCount));
        using var text = new StreamReader(new GZipStream(File.OpenRead(FilePath), CompressionMode.Decompress));
        Assert.Contains("# full: recording ended after 5 events\n", text.ReadToEnd(), StringComparison.Ordinal);
    }
}
