using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>A tracker that is attached to shared allocators while threads are inside.</summary>
public sealed unsafe class AttachAtWorkTests
{
    private const int Threads = 8;

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void What_was_alive_before_is_right_at_the_next_quiet_report(int kept)
    {
        for (var round = 0; round < 8; round++)
        {
            using var arena = new PageArena("jobs");
            using var heap = new SharedHeap(arena);
            var left = new nint[kept];
            for (var i = 0; i < kept; i++)
                left[i] = (nint)heap.Allocate(64);
            LeakTracker? tracker = null;
            ThreadCrew.Run(Threads + 1, number =>
            {
                if (number == Threads)
                {
                    while (heap.LiveCount < kept + 50)
                        Thread.Yield();
                    tracker = LeakTracker.Attach(arena);
                    return;
                }
                Churn(heap, () => Volatile.Read(ref tracker) is not null);
            });
            var report = tracker!.Report();
            Assert.Equal(0, report.LiveCount);
            Assert.Equal((kept, (nuint)(64 * kept)), Before(report));
            for (var i = 0; i < kept / 2; i++)
                heap.Free((void*)left[i]);
            heap.Allocate(16);
            report = tracker.Report();
            Assert.Equal((kept / 2, (nuint)(64 * (kept / 2))), Before(report));
            Assert.Equal(heap.LiveBytes, report.LiveBytes + Before(report).Bytes);
            Assert.Equal((long)heap.LiveBytes, tracker.EndFrame().LiveBytes);
            tracker.Dispose();
        }
    }

    private static (int Count, nuint Bytes) Before(LeakReport report) => report.BeforeAttach.Aggregate(
        (0, (nuint)0), (sum, row) => (sum.Item1 + row.Count!.Value, sum.Item2 + row.Bytes!.Value));

    // Until the tracker has been there for a while.
    private static void Churn(SharedHeap heap, Func<bool> isAttached)
    {
        var mine = new Queue<nint>();
        for (var rest = 300; rest > 0; rest -= isAttached() ? 1 : 0)
        {
            mine.Enqueue((nint)heap.Allocate((nuint)(1 + rest)));
            if (mine.Count > 10)
                heap.Free((void*)mine.Dequeue());
        }
        while (mine.Count > 0)
            heap.Free((void*)mine.Dequeue());
    }
}
