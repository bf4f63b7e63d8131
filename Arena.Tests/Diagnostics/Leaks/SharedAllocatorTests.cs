using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Threads;

namespace Arena.Tests.Diagnostics.Leaks;

/// <summary>One tracker on allocators that eight threads are in at once.</summary>
public sealed unsafe class SharedAllocatorTests
{
    private const int Threads = 8;
    private const int PerThread = 4000;
    private const int LeakedPerThread = 25;
    private const int Leaked = Threads * LeakedPerThread;

    [Fact]
    public void What_eight_threads_leave_behind_is_named_to_the_line_and_nothing_else()
    {
        using var arena = new PageArena("jobs");
        using var heap = new SharedHeap(arena);
        using var pool = new SharedPool<Line64Bytes>(arena, new PoolOptions { Name = "lines", Tag = "jobs" });
        heap.Free(heap.Allocate(10));
        using var tracker = LeakTracker.Attach(arena);
        using var handed = new BlockingCollection<nint>(500);
        int heapLine = 0, poolLine = 0;
        ThreadCrew.Run(Threads, number =>
        {
            for (var i = 0; i < PerThread; i++)
            {
                handed.Add((nint)heap.Allocate((nuint)(16 + i % 700)));
                pool.Free(pool.Allocate());
                // These belong to other threads, most of the time.
                heap.Free((void*)handed.Take());
                if (i % (PerThread / LeakedPerThread) != 0)
                    continue;
                heap.Allocate(100); heapLine = Line();
                pool.Allocate(); poolLine = Line();
            }
        });
        var report = tracker.Report();
        Assert.Equal(2 * Leaked, report.LiveCount);
        Assert.Equal(2, report.Sites.Count);
        var ofHeap = Assert.Single(report.Sites, site => site.Line == heapLine);
        Assert.Equal((Leaked, (nuint)(Leaked * 112)), (ofHeap.Count, ofHeap.Bytes));
        var ofPool = Assert.Single(report.Sites, site => site.Line == poolLine);
        Assert.Equal((Leaked, (nuint)(Leaked * 64)), (ofPool.Count, ofPool.Bytes));
        Assert.Equal("jobs", ofPool.Tag);
        pool.Clear();
        Assert.Equal(Leaked, tracker.Report().LiveCount);
        FreeAll(heap);
        Assert.Equal(0, tracker.Report().LiveCount);
    }

    [Fact]
    public void Attached_and_detached_while_threads_work_nothing_is_lost()
    {
        using var arena = new PageArena("jobs");
        using var heap = new SharedHeap(arena);
        using var done = new CancellationTokenSource();
        using var frame = new ReaderWriterLockSlim();
        var reports = 0;
        var watcher = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                // This is between frames, as the tracker requires; the reports come while the threads work.
                frame.EnterWriteLock();
                var tracker = LeakTracker.Attach(arena);
                frame.ExitWriteLock();
                reports += tracker.Report().LiveCount >= 0 ? 1 : 0;
                frame.EnterWriteLock();
                tracker.Dispose();
                frame.ExitWriteLock();
            }
        });
        watcher.Start();
        ThreadCrew.Run(Threads, number =>
        {
            var random = new Random(number);
            var mine = new Queue<nint>();
            for (var i = 0; i < PerThread; i++)
            {
                frame.EnterReadLock();
                mine.Enqueue((nint)heap.Allocate((nuint)random.Next(2000)));
                if (mine.Count > 20)
                    heap.Free((void*)mine.Dequeue());
                frame.ExitReadLock();
            }
            frame.EnterReadLock();
            while (mine.Count > 0)
                heap.Free((void*)mine.Dequeue());
            frame.ExitReadLock();
        });
        done.Cancel();
        watcher.Join();
        Assert.True(reports > 0);
        Assert.Equal(0, heap.LiveCount);
        heap.Free(heap.Allocate(1));
    }

    private static void FreeAll(SharedHeap heap)
    {
        foreach (var allocation in heap.Allocations())
            heap.Free(allocation.Address);
    }

    private static int Line([CallerLineNumber] int line = 0) => line;

    private struct Line64Bytes
    {
        public fixed byte Bytes[64];
    }
}
