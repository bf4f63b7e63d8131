using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Relocation;

public sealed class RelocatableObservedTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    public void A_tracker_knows_the_line_of_what_was_moved(int sampleBytes)
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena) { IgnoreLeaks = true };
        using var tracker = sampleBytes == 0
            ? LeakTracker.Attach(arena)
            : LeakTracker.Attach(arena, new LeakTrackerOptions { SampleBytes = (nuint)sampleBytes });
        List<RelocatableHandle> handles = [];
        for (var i = 0; i < 10_000; i++)
            handles.Add(heap.Allocate(200));
        var line = Line() - 1;
        for (var i = 0; i < handles.Count; i++)
        {
            if (i % 5 != 0)
                heap.Free(handles[i]);
        }
        Assert.True(heap.Compact(nuint.MaxValue).MovedBytes > 200_000);
        var report = tracker.Report();
        var site = Assert.Single(report.Sites);
        Assert.Equal(line, site.Line);
        if (sampleBytes != 0)
            return;
        Assert.Equal((2000, (nuint)400_000), (report.LiveCount, report.LiveBytes));
        for (var i = 0; i < handles.Count; i += 5)
            heap.Free(handles[i]);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void What_is_alive_at_the_end_is_a_leak()
    {
        using var arena = new PageArena("arena");
        LeakNotice? notice = null;
        arena.LeaksFound += found => notice = found;
        using (var heap = new RelocatableHeap(arena, "level"))
        {
            heap.Allocate(100);
            heap.Allocate(1 << 20);
            heap.Free(heap.Allocate(1));
        }
        Assert.Equal(("level", 2, (nuint)(1 << 20) + 100), (notice!.AllocatorName, notice.LiveCount, notice.LiveBytes));
        Assert.Equal(2, notice.FirstAddresses.Count);
    }

    [Fact]
    public void An_observer_follows_every_move()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena) { IgnoreLeaks = true };
        var observer = new Follower();
        arena.Attach(observer);
        List<RelocatableHandle> handles = [];
        var random = new Random(5);
        for (var i = 0; i < 5000; i++)
            handles.Add(heap.Allocate((nuint)random.Next(1000)));
        for (var i = 0; i < 4000; i++)
        {
            var index = random.Next(handles.Count);
            heap.Free(handles[index]);
            handles.RemoveAt(index);
        }
        heap.Compact(nuint.MaxValue);
        Assert.True(observer.Moves > 500);
        foreach (var handle in handles)
            heap.Resize(handle, (nuint)random.Next(2000));
        Assert.Equal(1000, observer.Live.Count);
        foreach (var handle in handles)
            heap.Free(handle);
        Assert.Empty(observer.Live);
    }

    [Fact]
    public void An_observer_that_throws_ends_a_compaction_after_that_move()
    {
        using var arena = new PageArena("arena");
        using var heap = new RelocatableHeap(arena) { IgnoreLeaks = true };
        List<RelocatableHandle> handles = [];
        for (var i = 0; i < 5000; i++)
        {
            handles.Add(heap.Allocate(100));
            heap.Span(handles[i]).Fill((byte)i);
        }
        for (var i = 0; i < 5000; i += 2)
            heap.Free(handles[i]);
        var observer = new Follower { Throws = true };
        arena.Attach(observer);
        Assert.Throws<TimeoutException>(() => heap.Compact(nuint.MaxValue));
        Assert.Equal(1, observer.Moves);
        observer.Throws = false;
        Assert.True(heap.Compact(nuint.MaxValue).IsDone);
        for (var i = 1; i < 5000; i += 2)
            Assert.False(heap.Span(handles[i]).ContainsAnyExcept((byte)i));
    }

    private static int Line([CallerLineNumber] int line = 0) => line;

    private sealed class Follower : IAllocationObserver
    {
        public Dictionary<nuint, nuint> Live { get; } = [];

        public int Moves { get; private set; }

        public bool Throws { get; set; }

        public void Allocated(in AllocationEvent allocation) => Live.Add(allocation.Address, allocation.ByteCount);

        public void Freed(Allocator allocator, nuint address, nuint byteCount)
        {
            Assert.True(Live.Remove(address, out var known));
            Assert.Equal(known, byteCount);
        }

        public void Moved(Allocator allocator, nuint oldAddress, nuint address, nuint byteCount)
        {
            Moves++;
            if (Throws)
                throw new TimeoutException("not now");
            if (Live.Remove(oldAddress, out var known))
                Live.Add(address, known);
        }

        public void Cleared(Allocator allocator) => Live.Clear();
    }
}
