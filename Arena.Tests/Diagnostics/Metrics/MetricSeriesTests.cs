using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Diagnostics.History;

namespace Arena.Tests.Diagnostics.Metrics;

/// <summary>Tests which series exist, how many, when they end, and that everything is counted once.</summary>
[Collection("one event source a process")]
public sealed unsafe class MetricSeriesTests : IDisposable
{
    private const string Usage = "arena.memory.usage";

    private readonly ManualTime _time = new();
    private readonly PageArena _arena;
    private readonly FixedBreakdown _categories = new();
    private readonly Pool<long> _pool;

    // Other tests observe arenas too, but none of this name.
    private readonly string _name = $"series {Guid.NewGuid():n}";

    public MetricSeriesTests()
    {
        _arena = new PageArena(_name);
        _pool = new Pool<long>(_arena);
    }

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Names_are_what_the_conventions_call_such_things()
    {
        var instruments = new List<Instrument>();
        using var metrics = Observe();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == ArenaMetrics.MeterName)
                    instruments.Add(instrument);
            },
        };
        listener.Start();
        Assert.Equal(17, instruments.Count);
        var names = instruments.Select(instrument => instrument.Name).ToArray();
        Assert.All(names, name => Assert.Matches("^arena(\\.[a-z]+(_[a-z]+)*)+$", name));
        Assert.All(names, name => Assert.DoesNotContain(
            names, other => other.StartsWith(name + ".", StringComparison.Ordinal)));
        // Only counters have a plural.
        Assert.All(
            instruments.Where(instrument => instrument.Name.EndsWith('s')),
            instrument => Assert.Contains("Counter", instrument.GetType().Name, StringComparison.Ordinal));
        Assert.All(
            instruments.OfType<ObservableUpDownCounter<long>>(),
            instrument => Assert.False(instrument.Name.EndsWith('s')));
        Assert.Contains("arena.memory.usage", names);
        Assert.Contains("arena.memory.limit", names);
        Assert.Contains("arena.allocation.count", names);
    }

    [Fact]
    public void A_sampled_tracker_as_source_of_tags_gives_no_negative_series()
    {
        using var tracker = LeakTracker.Attach(_arena, new LeakTrackerOptions { SampleBytes = 4096 });
        using var metrics = Observe(new ArenaMetricsOptions { Tags = TrackedBreakdown.ByTag(tracker) });
        var live = new List<nint>();
        var random = new Random(31);
        var scaled = 0;
        for (var round = 0; round < 200; round++)
        {
            for (var i = 0; i < 40; i++)
            {
                using (MemoryTag.Begin(i % 2 == 0 ? "even" : "odd"))
                    live.Add((nint)_pool.Allocate());
            }
            while (live.Count > 300)
            {
                var index = random.Next(live.Count);
                _pool.Free((long*)live[index]);
                live.RemoveAt(index);
            }
            var series = Read(metrics);
            Assert.All(series.Values, bytes => Assert.InRange(bytes, 0, long.MaxValue));
            Assert.Equal(live.Count * 8, series.Values.Sum());
            scaled += series.Count > 1 && series[""] <= 1 ? 1 : 0;
        }
        Assert.InRange(scaled, 10, 200);
    }

    [Fact]
    public void Parts_that_add_up_to_more_than_there_is_are_made_smaller_in_proportion()
    {
        using var metrics = Observe(new ArenaMetricsOptions { Tags = _categories });
        for (var i = 0; i < 100; i++)
            _pool.Allocate();
        _categories.Add("a", 1200);
        _categories.Add("b", 400);
        _categories.Add("c", -1_000_000);
        Assert.Equal(new() { ["a"] = 600, ["b"] = 200, [""] = 0 }, Read(metrics));
        _categories.Bytes[0] = 300;
        Assert.Equal(new() { ["a"] = 300, ["b"] = 400, [""] = 100 }, Read(metrics));
    }

    [Fact]
    public void A_tag_that_ended_has_no_series_and_comes_back_with_its_memory()
    {
        using var metrics = Observe(new ArenaMetricsOptions { Tags = _categories });
        for (var i = 0; i < 100; i++)
            _pool.Allocate();
        _categories.Add("level 1", 500);
        _categories.Add(TrackedBreakdown.NoTagName, 200);
        Assert.Equal(new() { ["level 1"] = 500, [""] = 300 }, Read(metrics));
        _categories.Bytes[0] = 0;
        _categories.Add("level 2", 100);
        Assert.Equal(new() { ["level 2"] = 100, [""] = 700 }, Read(metrics));
        _categories.Bytes[0] = 8;
        Assert.Equal(new() { ["level 2"] = 100, ["level 1"] = 8, [""] = 692 }, Read(metrics));
    }

    [Fact]
    public void However_many_tags_there_are_the_series_are_few_and_add_up()
    {
        using var metrics = Observe(new ArenaMetricsOptions { Tags = _categories, MaximumTags = 3 });
        for (var i = 0; i < 1000; i++)
            _pool.Allocate();
        for (var i = 1; i <= 10; i++)
            _categories.Add($"tag {i}", i);
        Assert.Equal(
            new() { ["tag 10"] = 10, ["tag 9"] = 9, ["tag 8"] = 8, ["(other tags)"] = 28, [""] = 8000 - 55 },
            Read(metrics));
        // One that has a series keeps it, and a place that becomes free goes to the largest.
        _categories.Bytes[0] = 1000;
        _categories.Bytes[8] = 0;
        Assert.Equal(
            new() { ["tag 10"] = 10, ["tag 8"] = 8, ["tag 1"] = 1000, ["(other tags)"] = 27, [""] = 8000 - 1045 },
            Read(metrics));
        for (var i = 0; i < 2000; i++)
        {
            _categories.Bytes[^1] = 0;
            _categories.Add($"passing {i}", 1);
        }
        Assert.InRange(Read(metrics).Count, 4, 5);
        Assert.Equal(0, Garbage.Of(() => Update(metrics)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Observe(new ArenaMetricsOptions { MaximumTags = 0 }));
    }

    [Fact]
    public void With_two_observers_of_an_arena_a_leak_counts_once()
    {
        using var first = Observe();
        using var second = Observe();
        Assert.Equal((_name, _name + " #2"), (first.Name, second.Name));
        var leaks = 0L;
        using var listener = Listen("arena.errors", (value, tags) => leaks += tags.Contains("leak") ? value : 0);
        _pool.Allocate();
        _pool.Dispose();
        Assert.Equal(1, leaks);
        _arena.Allocate(1);
        _arena.Dispose();
        Assert.Equal(2, leaks);
    }

    [Fact]
    public void With_two_observers_of_an_arena_only_one_writes_the_events()
    {
        using var other = new PageArena(_name);
        using var first = Observe();
        using var second = Observe();
        using var ofOther = ArenaMetrics.Observe(other);
        Assert.True(ArenaInstruments.WritesEvents(first));
        Assert.False(ArenaInstruments.WritesEvents(second));
        Assert.True(ArenaInstruments.WritesEvents(ofOther));
        first.Dispose();
        Assert.True(ArenaInstruments.WritesEvents(second));
    }

    [Fact]
    public void The_name_of_an_arena_that_was_disposed_is_free_although_its_observer_was_not()
    {
        var metrics = Observe();
        for (var i = 0; i < 5; i++)
        {
            _arena.Dispose();
            using var next = new PageArena(_name);
            var ofNext = ArenaMetrics.Observe(next);
            Assert.Equal(_name, ofNext.Name);
            next.Dispose();
            Assert.Throws<ObjectDisposedException>(() => Update(metrics));
        }
        metrics.Dispose();
    }

    [Fact]
    public void An_arena_that_was_disposed_is_not_kept_although_its_observer_was_not()
    {
        var arena = ObserveAndDispose(_name + " kept");
        using var metrics = Observe();
        for (var i = 0; i < 5 && arena.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(arena.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference ObserveAndDispose(string name)
    {
        var arena = new PageArena(name);
        ArenaMetrics.Observe(arena);
        arena.Dispose();
        return new WeakReference(arena);
    }

    private static MeterListener Listen(string name, Action<long, object?[]> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == ArenaMetrics.MeterName && instrument.Name == name)
                    self.EnableMeasurementEvents(instrument, Environment.CurrentManagedThreadId);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, thread) =>
        {
            // Other tests err as well, on other threads.
            if ((int)thread! == Environment.CurrentManagedThreadId)
                measured(value, [.. tags.ToArray().SelectMany(tag => new[] { tag.Key, tag.Value })]);
        });
        listener.Start();
        return listener;
    }

    // By tag; "" for the series without one.
    private Dictionary<string, long> Read(ArenaMetrics metrics)
    {
        Update(metrics);
        var series = new Dictionary<string, long>();
        using var listener = Listen(Usage, (value, tags) =>
        {
            if (tags.Contains(metrics.Name))
                series.Add(tags.Length > 2 ? (string)tags[3]! : "", value);
        });
        listener.RecordObservableInstruments();
        return series;
    }

    private void Update(ArenaMetrics metrics)
    {
        _time.Advance(1);
        metrics.Update();
    }

    private ArenaMetrics Observe(ArenaMetricsOptions? options = null) =>
        ArenaMetrics.Observe(_arena, (options ?? new ArenaMetricsOptions()) with { TimeProvider = _time });
}
