using System.Diagnostics.Tracing;
using Arena.Diagnostics;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using TraceEvent = Microsoft.Diagnostics.Tracing.TraceEvent;

namespace Arena.Tests.Diagnostics.Metrics;

public sealed class EventPipeTests
{
    private const string AllKeywords = "Allocated, Freed, Snapshot, LeakTrendFound, LeftAlive, Cleared, ErrorThrown";

    [Theory]
    [InlineData(31, AllKeywords)]
    [InlineData(1, "Allocated")]
    [InlineData(2, "Freed, Cleared")]
    [InlineData(4, "Snapshot")]
    [InlineData(8, "LeakTrendFound, LeftAlive")]
    [InlineData(16, "ErrorThrown")]
    public async Task A_session_from_another_process_sees_what_its_keywords_ask_for(long keywords, string expected)
    {
        using var child = new ChildOfTest("play");
        Assert.Equal("playing", child.ReadLine());
        var wanted = expected.Split(", ").ToHashSet();
        var seen = new Dictionary<string, TraceEvent>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var count = 0;
        using var session = new DiagnosticsClient(child.Id).StartEventPipeSession(
            [new EventPipeProvider(ArenaEventSource.SourceName, EventLevel.Verbose, keywords)], requestRundown: false);
        using var source = new EventPipeEventSource(session.EventStream);
        source.Dynamic.All += data =>
        {
            if (data.ProviderName != ArenaEventSource.SourceName || data.EventName == "ManifestData")
                return;
            seen.TryAdd(data.EventName, data.Clone());
            // All there are, and some more that might be too many.
            if (wanted.All(seen.ContainsKey) && ++count == 30)
                enough.SetResult();
        };
        var reading = Task.Run(source.Process);
        // An event that does not come within a minute does not come at all.
        await Task.WhenAny(enough.Task, Task.Delay(TimeSpan.FromMinutes(1)));
        // While the stream is read: stopping waits until it is empty.
        session.Stop();
        await reading;

        Assert.Equal(wanted, seen.Keys.ToHashSet());
        foreach (var (name, data) in seen)
            Check(name, data);
    }

    private static void Check(string name, TraceEvent data)
    {
        if (name == "ErrorThrown")
        {
            Assert.Equal("Arena.InvalidFreeException", data.PayloadByName("errorType"));
            var message = (string)data.PayloadByName("message");
            Assert.Contains("heap 'heap' in arena 'child'", message, StringComparison.Ordinal);
            return;
        }
        Assert.Equal("child", data.PayloadByName("heap"));
        switch (name)
        {
            case "Allocated":
                Assert.NotEqual(0UL, data.PayloadByName("address"));
                Assert.NotEqual(0UL, data.PayloadByName("byteCount"));
                Assert.EndsWith("Children.cs", (string)data.PayloadByName("file"), StringComparison.Ordinal);
                Assert.InRange((int)data.PayloadByName("line"), 30, 100);
                break;
            case "Snapshot":
                Assert.True((long)data.PayloadByName("committedBytes") > 0);
                break;
            case "LeakTrendFound":
                Assert.Equal("Confirmed", data.PayloadByName("verdict"));
                Assert.Equal(1.0, data.PayloadByName("slopeBytesPerSecond"));
                break;
            case "LeftAlive":
                Assert.Equal(32L, data.PayloadByName("liveBytes"));
                var lines = (string)data.PayloadByName("lines");
                Assert.Matches(@"^32 bytes in 1 from Children\.cs:\d+ \(LeaveAlive\)$", lines);
                break;
        }
    }
}
