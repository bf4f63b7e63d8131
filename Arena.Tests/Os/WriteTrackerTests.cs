using Arena.Os;

namespace Arena.Tests.Os;

/// <summary>Pages that were written are noted, once, on each system that notes them.</summary>
public sealed unsafe class WriteTrackerTests
{
    private const int Pages = 64;

    [LinuxFact]
    public void Linux_lists_the_pages_that_were_written()
    {
        using var os = new FailingContext();
        if (!TryTrack(os.Memory, out var range, out var tracker))
            return;
        CheckList(os.Memory, range, tracker);
    }

    [LinuxFact]
    public void Windows_lists_the_pages_that_were_written()
    {
        using var os = new WindowsContext();
        var memory = os.Memory.ForTracking;
        Assert.False(os.Memory.TracksWrites);
        Assert.True(TryTrack(memory, out var range, out var tracker));
        CheckList(memory, range, tracker);
        Assert.True(os.WatchCount > 0);
    }

    [LinuxFact]
    public void What_the_system_writes_for_the_program_is_noted()
    {
        using var os = new FailingContext();
        if (!TryTrack(os.Memory, out var range, out var tracker))
            return;
        using var file = new TemporaryFile(new byte[100]);
        Assert.Equal([0, 1, 2], Written(range, 3, tracker, forgets: true));
        Assert.Equal(100, file.ReadInto(new Span<byte>(range + 4096, 100)));
        Assert.Equal([1], Written(range, 3, tracker, forgets: true));
        End(os.Memory, range, tracker);
    }

    [LinuxFact]
    public void A_page_that_lost_its_storage_is_noted_on_Linux()
    {
        using var os = new FailingContext();
        if (!TryTrack(os.Memory, out var range, out var tracker))
            return;
        range[0] = 1;
        Written(range, Pages, tracker, forgets: true);
        Assert.False(os.Memory.Decommit(range, 4096).Failed);
        Assert.Equal([0], Written(range, Pages, tracker, forgets: true));
        End(os.Memory, range, tracker);
    }

    [LinuxFact]
    public void Every_call_of_the_beginning_may_fail_and_leaves_nothing_open()
    {
        using var os = new FailingContext();
        if (!TryTrack(os.Memory, out var range, out var tracker))
            return;
        tracker.Dispose();
        Assert.Equal(0, os.OpenFiles);
        var n = 1;
        while (true)
        {
            os.FailAt(n);
            var error = os.Memory.TrackWrites(range, Pages * 4096, out var made);
            if (os.FailedCount == 0)
            {
                Assert.True(os.OpenFiles > 0);
                made!.Dispose();
                break;
            }
            Assert.Equal(0, os.OpenFiles);
            Assert.True(error.Failed);
            Assert.Null(made);
            Assert.Contains("Linux 6.7", error.ToString(), StringComparison.Ordinal);
            n++;
        }
        Assert.Equal(6, n);
        Assert.Equal(0, os.OpenFiles);
        os.Reset();
        Assert.False(os.Memory.Release(range, Pages * 4096).Failed);
    }

    [LinuxTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Pages_that_may_be_written_count_as_written(int failing)
    {
        using var os = new FailingContext();
        if (!TryTrack(os.Memory, out var range, out var tracker))
            return;
        for (var page = 0; page < Pages; page++)
            range[page * 4096] = 7;
        Written(range, Pages, tracker, forgets: true);
        os.FailAt(failing == 0 ? int.MaxValue : failing, errno: 22);
        tracker.Permit([RunOf(range, 2), RunOf(range, 5, pages: 2), RunOf(range, 40)]);
        // Where the kernel knows no such call, there is one for each run.
        Assert.InRange(os.CallsOf("ioctl"), failing == 0 ? 0 : 3, 3);
        os.Reset();
        tracker.Permit([RunOf(range, 50), RunOf(range, 52)]);
        Assert.InRange(os.CallsOf("ioctl"), failing == 0 ? 0 : 2, 2);
        Assert.Equal([2, 5, 6, 40, 50, 52], Written(range, Pages, tracker, forgets: true));
        Assert.Equal(7, range[5 * 4096]);
        End(os.Memory, range, tracker);
    }

    private static PageRun RunOf(byte* range, int first, int pages = 1) => new()
    {
        Start = (ulong)(range + first * 4096),
        End = (ulong)(range + (first + pages) * 4096),
    };

    private static void CheckList(VirtualMemory memory, byte* range, WriteTracker tracker)
    {
        for (var page = 0; page < Pages; page++)
            range[page * 4096] = 1;
        Assert.Equal(Pages, Written(range, Pages, tracker, forgets: true).Count);
        Assert.Empty(Written(range, Pages, tracker, forgets: true));
        foreach (var page in (int[])[3, 4, 9, 63])
            range[page * 4096 + 77] = 9;
        Assert.Equal([3, 4, 9, 63], Written(range, Pages, tracker, forgets: false));
        Assert.Equal([3, 4, 9, 63], Written(range, Pages, tracker, forgets: true));
        range[4 * 4096] = 8;
        Assert.Equal([4], Written(range, Pages, tracker, forgets: true));
        tracker.Permit([RunOf(range, 0)]);
        range[0] = 200;
        range[1] = 100;
        Assert.Equal([0], Written(range, Pages, tracker, forgets: true));
        End(memory, range, tracker);
    }

    // With room for two runs at a time.
    private static List<int> Written(byte* range, int pages, WriteTracker tracker, bool forgets)
    {
        var found = new List<int>();
        Span<PageRun> runs = stackalloc PageRun[2];
        var end = range + pages * 4096;
        for (var from = range; from < end;)
        {
            Assert.Equal("no error", tracker.Collect(ref from, end, forgets, runs, out var count).ToString());
            for (var i = 0; i < count; i++)
            {
                for (var at = runs[i].Start; at < runs[i].End; at += 4096)
                    found.Add((int)((at - (ulong)range) / 4096));
            }
        }
        return found;
    }

    private static bool TryTrack(VirtualMemory memory, out byte* range, out WriteTracker tracker)
    {
        Assert.False(memory.Reserve(Pages * 4096, out var address).Failed);
        Assert.False(memory.Commit(address, Pages * 4096).Failed);
        range = (byte*)address;
        var error = memory.TrackWrites(address, Pages * 4096, out var made);
        tracker = made!;
        // Older kernels, and sandboxes: the library compares pages there.
        return !error.Failed;
    }

    private static void End(VirtualMemory memory, byte* range, WriteTracker tracker)
    {
        tracker.Dispose();
        Assert.False(memory.Release(range, Pages * 4096).Failed);
    }

    private sealed class TemporaryFile : IDisposable
    {
        private readonly string _path = Path.GetTempFileName();

        public TemporaryFile(byte[] contents) => File.WriteAllBytes(_path, contents);

        public int ReadInto(Span<byte> bytes)
        {
            using var handle = File.OpenHandle(_path);
            return RandomAccess.Read(handle, bytes, 0);
        }

        public void Dispose() => File.Delete(_path);
    }
}
