using System.IO.Compression;
using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Os;

namespace Arena.Tests.Diagnostics.Traces;

public sealed unsafe class AllocationTraceRecorderTests : IDisposable
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
    public void What_is_recorded_is_what_another_observer_sees_and_replays_to_the_same_peaks(int seed)
    {
        using var heap = new Heap(_arena);
        var expected = new TraceModel();
        using (var recorder = AllocationTraceRecorder.Attach(_arena, FilePath))
        {
            _arena.Attach(expected);
            Play(heap, new Random(seed), () =>
            {
                recorder.EndFrame();
                expected.Lines.Add("m");
            });
            _arena.Detach(expected);
            Assert.Equal(expected.Lines.Count(line => line != "m"), recorder.EventCount);
            Assert.Equal(0, recorder.SkippedFreeCount);
        }
        var trace = AllocationTrace.Read(FilePath);
        Assert.Equal(expected.Lines, trace.Events.ToArray().Select(Line));
        Assert.Equal((expected.PeakBytes, expected.PeakCount), (trace.PeakLiveBytes, trace.PeakLiveCount));
        Assert.Equal((expected.PeakBytes, expected.PeakCount), PeaksOfReplay(trace));
        Assert.EndsWith(
            $" events={expected.Lines.Count(line => line != "m")} threads=1 peakLiveBytes={expected.PeakBytes}"
            + $" peakLiveCount={expected.PeakCount}",
            Text()[0].TrimEnd(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_header_is_completed_in_place_and_any_gunzip_reads_one_text()
    {
        using var heap = new Heap(_arena);
        using (var recorder = AllocationTraceRecorder.Attach(_arena, FilePath))
        {
            var slot = heap.Allocate(64);
            heap.Allocate(1024);
            heap.Free(slot);
            recorder.EndFrame();
        }
        var lines = Text();
        Assert.StartsWith("# arena-trace v1 program=\"", lines[0]);
        Assert.EndsWith(
            "\" events=3 threads=1 peakLiveBytes=1088 peakLiveCount=2", lines[0].TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(["a 0 64", "a 1 1024", "f 0", "m", ""], lines[1..]);
    }

    [Fact]
    public void One_heap_is_recorded_with_what_is_alive_in_it_and_nothing_else()
    {
        using var heap = new Heap(_arena, "scripts");
        using var other = new Heap(_arena, "other");
        var alive = heap.Allocate(64);
        other.Allocate(64);
        using (AllocationTraceRecorder.Attach(heap, FilePath))
        {
            other.Allocate(32);
            heap.Free(alive);
            heap.Allocate(16);
            heap.Dispose();
        }
        Assert.Equal(["a 0 64", "f 0", "a 1 16", "f 1"], Lines());
    }

    [Fact]
    public void Every_allocator_of_an_arena_is_recorded_and_one_that_is_cleared_frees_everything()
    {
        using var pool = new Pool<long>(_arena);
        var buddy = new BuddyAllocator(_arena, 4096);
        var old = pool.Allocate();
        AllocationTraceRecorder recorder;
        using (recorder = AllocationTraceRecorder.Attach(_arena, FilePath))
        {
            pool.Free(old);
            pool.Allocate();
            pool.Allocate();
            buddy.Allocate(100);
            pool.Clear();
            pool.Allocate();
            buddy.Dispose();
        }
        Assert.Equal(1, recorder.SkippedFreeCount);
        var lines = Lines();
        Assert.Equal(["a 0 8", "a 1 8", "a 2 128"], lines[..3]);
        Assert.Equal(["f 0", "f 1"], lines[3..5].Order());
        Assert.Equal(["a 3 8", "f 2"], lines[5..]);
    }

    [Fact]
    public void Threads_are_numbered_in_the_order_of_their_first_calls()
    {
        using var heap = new Heap(_arena);
        using (AllocationTraceRecorder.Attach(_arena, FilePath))
        {
            var slot = (nint)heap.Allocate(16);
            var thread = new Thread(() =>
            {
                heap.Free((void*)slot);
                heap.Allocate(32);
            });
            thread.Start();
            thread.Join();
            heap.Allocate(48);
        }
        Assert.Equal(["a 0 16", "f 0 t1", "a 1 32 t1", "a 2 48"], Lines());
        Assert.Equal(2, AllocationTrace.Read(FilePath).ThreadCount);
    }

    [Fact]
    public void Recording_makes_no_garbage_once_it_has_seen_as_much_alive()
    {
        using var heap = new Heap(_arena);
        using var recorder = AllocationTraceRecorder.Attach(_arena, FilePath);
        Assert.Equal(0, Garbage.Of(() =>
        {
            Churn(heap);
            recorder.EndFrame();
        }));
    }

    [Fact]
    public void After_Dispose_nothing_is_recorded_and_the_heap_goes_on()
    {
        using var heap = new Heap(_arena);
        var recorder = AllocationTraceRecorder.Attach(_arena, FilePath);
        heap.Allocate(16);
        recorder.Dispose();
        recorder.Dispose();
        heap.Allocate(16);
        Assert.Throws<ObjectDisposedException>(recorder.EndFrame);
        Assert.Equal(["a 0 16"], Lines());
    }

    [Fact]
    public void What_cannot_be_recorded_is_refused_and_leaves_nothing_attached()
    {
        using var heap = new Heap(_arena);
        Assert.Throws<ArgumentNullException>(() => AllocationTraceRecorder.Attach((PageArena)null!, FilePath));
        Assert.Throws<ArgumentNullException>(() => AllocationTraceRecorder.Attach((Heap)null!, FilePath));
        Assert.Throws<ArgumentException>(() => AllocationTraceRecorder.Attach(heap, " "));
        Assert.Throws<DirectoryNotFoundException>(
            () => AllocationTraceRecorder.Attach(heap, Path.Combine(_folder, "none", "game.trace.gz")));
        Assert.False(heap.IsObserved);
        heap.Dispose();
        Assert.Throws<ObjectDisposedException>(() => AllocationTraceRecorder.Attach(heap, FilePath));
        var gone = new PageArena("gone");
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => AllocationTraceRecorder.Attach(gone, FilePath));
    }

    [LinuxFact]
    public void A_full_disk_ends_the_recording_and_not_the_game()
    {
        using var heap = new Heap(_arena);
        var recorder = AllocationTraceRecorder.Attach(_arena, "/dev/full");
        var error = Assert.Throws<IOException>(() =>
        {
            for (var frame = 0; frame < 1000; frame++)
            {
                Churn(heap);
                recorder.EndFrame();
            }
        });
        Assert.Contains("The trace ends here", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, heap.LiveCount);
        recorder.EndFrame();
        recorder.Dispose();
        Assert.False(heap.IsObserved);
    }

    private static void Play(Heap heap, Random random, Action endFrame)
    {
        var live = new List<nint>();
        for (var step = 0; step < 20_000; step++)
        {
            if (live.Count == 0 || random.Next(100) < 52)
            {
                live.Add((nint)heap.Allocate((nuint)random.Next(1 << random.Next(4, 20))));
            }
            else
            {
                var pick = random.Next(live.Count);
                if (random.Next(10) == 0)
                {
                    live[pick] = (nint)heap.Reallocate((void*)live[pick], (nuint)random.Next(20_000));
                    continue;
                }
                heap.Free((void*)live[pick]);
                live[pick] = live[^1];
                live.RemoveAt(live.Count - 1);
            }
            if (step % 100 == 99)
                endFrame();
        }
        live.ForEach(address => heap.Free((void*)address));
    }

    private static (nuint Bytes, int Count) PeaksOfReplay(AllocationTrace trace)
    {
        using var arena = new PageArena("replay");
        using var heap = new Heap(arena);
        var addresses = new nint[trace.AllocationCount];
        nuint bytes = 0;
        foreach (var e in trace.Events)
        {
            if (e.Kind == TraceEventKind.Allocate)
                addresses[e.Id] = (nint)heap.Allocate(e.ByteCount, e.Alignment);
            else if (e.Kind == TraceEventKind.Free)
                heap.Free((void*)addresses[e.Id]);
            bytes = nuint.Max(bytes, heap.LiveBytes);
        }
        Assert.Equal(0, heap.LiveCount);
        return (bytes, trace.PeakLiveCount);
    }

    private static void Churn(Heap heap)
    {
        var slots = stackalloc void*[2000];
        for (var i = 0; i < 2000; i++)
            slots[i] = heap.Allocate((nuint)(i * 7 % 5000));
        for (var i = 0; i < 2000; i++)
            heap.Free(slots[i]);
    }

    private static string Line(TraceEvent e) => e.Kind switch
    {
        TraceEventKind.Allocate => $"a {e.Id} {e.ByteCount}",
        TraceEventKind.Free => $"f {e.Id}",
        TraceEventKind.Tick => "m",
        _ => "unexpected",
    };

    private string[] Lines() => Text()[1..^1];

    private string[] Text()
    {
        using var text = new StreamReader(new GZipStream(File.OpenRead(FilePath), CompressionMode.Decompress));
        return text.ReadToEnd().Split('\n');
    }

    /// <summary>The expected contents of the file, from notifications.</summary>
    private sealed class TraceModel : IAllocationObserver
    {
        private readonly Dictionary<nuint, (int Id, nuint Bytes)> _live = [];
        private int _nextId;
        private nuint _bytes;

        public List<string> Lines { get; } = [];

        public nuint PeakBytes { get; private set; }

        public int PeakCount { get; private set; }

        public void Allocated(in AllocationEvent allocation)
        {
            _live.Add(allocation.Address, (_nextId, allocation.ByteCount));
            Lines.Add($"a {_nextId++} {allocation.ByteCount}");
            _bytes += allocation.ByteCount;
            PeakBytes = nuint.Max(PeakBytes, _bytes);
            PeakCount = Math.Max(PeakCount, _live.Count);
        }

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
            Assert.True(_live.Remove(address, out var live));
            Lines.Add($"f {live.Id}");
            _bytes -= live.Bytes;
        }

        public void Cleared(Allocator allocator) => Assert.Empty(_live);
    }
}
