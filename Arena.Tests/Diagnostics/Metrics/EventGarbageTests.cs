using System.Diagnostics.Tracing;
using Arena.Diagnostics;
using Arena.Pools;
using Microsoft.Diagnostics.NETCore.Client;

namespace Arena.Tests.Diagnostics.Metrics;

[Collection("one event source a process")]
public sealed class EventGarbageTests
{
    [Fact]
    public async Task Telling_a_session_of_an_allocation_makes_no_garbage()
    {
        using var session = new DiagnosticsClient(Environment.ProcessId).StartEventPipeSession(
            [new EventPipeProvider(ArenaEventSource.SourceName, EventLevel.Verbose, 31)], requestRundown: false);
        var reading = session.EventStream.CopyToAsync(Stream.Null);
        Assert.True(SpinWait.SpinUntil(() => ArenaEventSource.Log.NotifiesAllocations, TimeSpan.FromSeconds(60)));
        // A thread of its own: a test may be continued on another one.
        var garbage = await Task.Factory.StartNew(
            AllocateObserved, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        session.Stop();
        await reading;
        Assert.Equal(0, garbage);
    }

    private static unsafe long AllocateObserved()
    {
        using var arena = new PageArena("told");
        using var heap = new Heap(arena);
        using var metrics = ArenaMetrics.Observe(arena, new ArenaMetricsOptions { Interval = TimeSpan.FromTicks(1) });
        Assert.True(heap.IsObserved);
        return Garbage.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                heap.Free(heap.Allocate(100));
                metrics.Update();
            }
        });
    }
}
