using System.Diagnostics.Metrics;
using Arena.Diagnostics;
using Arena.Pools;
using Arena.Tests.Diagnostics.History;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Arena.Tests.Diagnostics.Metrics;

[Collection("one event source a process")]
public sealed unsafe class ArenaMetricsTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly List<MetricSnapshot> _exported = [];
    private readonly MeterProvider _provider;

    // Other tests observe arenas too, but none of this name.
    private readonly string _name = $"metrics {Guid.NewGuid():n}";

    public ArenaMetricsTests() => _provider = Sdk.CreateMeterProviderBuilder()
        .AddMeter(ArenaMetrics.MeterName).AddInMemoryExporter(_exported).Build();

    public void Dispose() => _provider.Dispose();

    // diagnostics.md of the project, section 4.
    public static TheoryData<string, MetricType, string> Instruments => new()
    {
        { "arena.memory.usage", MetricType.LongSumNonMonotonic, "By" },
        { "arena.memory.committed", MetricType.LongSumNonMonotonic, "By" },
        { "arena.memory.reserved", MetricType.LongSumNonMonotonic, "By" },
        { "arena.memory.limit", MetricType.LongSumNonMonotonic, "By" },
        { "arena.memory.allocated", MetricType.LongSum, "By" },
        { "arena.allocations", MetricType.LongSum, "{allocation}" },
        { "arena.frees", MetricType.LongSum, "{free}" },
        { "arena.allocation.count", MetricType.LongSumNonMonotonic, "{allocation}" },
        { "arena.memory.largest_free", MetricType.LongGauge, "By" },
        { "arena.memory.fragmentation", MetricType.DoubleGauge, "1" },
        { "arena.leak.slope", MetricType.DoubleGauge, "By/s" },
        { "arena.leak.slope_lower", MetricType.DoubleGauge, "By/s" },
        { "arena.leak.slope_upper", MetricType.DoubleGauge, "By/s" },
        { "arena.leak.slope_detectable", MetricType.DoubleGauge, "By/s" },
        { "arena.leak.time_to_limit", MetricType.DoubleGauge, "s" },
        { "arena.errors", MetricType.LongSum, "{error}" },
        { "arena.budget.violations", MetricType.LongSum, "{violation}" },
    };

    [Theory]
    [MemberData(nameof(Instruments))]
    public void OpenTelemetry_exports_the_instrument_with_its_kind_and_unit(string name, MetricType kind, string unit)
    {
        using var arena = new PageArena(_name);
        using var metrics = Observe(arena, new ArenaMetricsOptions { CountsAllocations = true });
        metrics.Trend = Growing();
        ArenaMetrics.CountBudgetViolation(_name, "mesh");
        Assert.Throws<InvalidFreeException>(() => arena.Free(new Block((void*)4096, 1)));
        var metric = Assert.Single(Export(), metric => metric.Name == name);
        Assert.Equal(kind, metric.MetricType);
        Assert.Equal(unit, metric.Unit);
        Assert.NotEqual("", metric.Description);
    }

    [Fact]
    public void Nothing_else_is_exported()
    {
        using var arena = new PageArena(_name);
        using var metrics = Observe(arena, new ArenaMetricsOptions { CountsAllocations = true });
        metrics.Trend = Growing();
        var known = Instruments.Select(row => (string)row[0]).ToHashSet();
        Assert.All(Export(), metric => Assert.Contains(metric.Name, known));
    }

    [Fact]
    public void The_numbers_are_those_of_the_last_quiet_point()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = _name, BudgetBytes = 1 << 20 });
        using var buddy = new BuddyAllocator(arena, 1 << 16, 16);
        var before = buddy.Allocate(64);
        using var metrics = Observe(arena, new ArenaMetricsOptions { CountsAllocations = true });
        buddy.Allocate(128);
        buddy.Free(buddy.Allocate(256));
        Assert.False(metrics.Update());
        Assert.Equal(64, Value("arena.memory.usage"));

        _time.Advance(1);
        Assert.True(metrics.Update());
        buddy.Free(before);
        Assert.Equal(64 + 128, Value("arena.memory.usage"));
        Assert.Equal(2, Value("arena.allocation.count"));
        Assert.Equal(2, Value("arena.allocations"));
        Assert.Equal(128 + 256, Value("arena.memory.allocated"));
        Assert.Equal(1, Value("arena.frees"));
        Assert.Equal((long)arena.CommittedBytes, Value("arena.memory.committed"));
        Assert.Equal((long)arena.ReservedBytes, Value("arena.memory.reserved"));
        Assert.Equal(1 << 20, Value("arena.memory.limit"));
        Assert.Equal((1 << 20) - (long)arena.LentBytes, Value("arena.memory.largest_free"));

        // Allocations that die at once count as freed, too.
        buddy.Dispose();
        _time.Advance(1);
        metrics.Update();
        Assert.Equal(0, Value("arena.memory.usage"));
        Assert.Equal(3, Value("arena.frees"));
    }

    [Fact]
    public void Without_counting_there_are_no_counts_and_the_fast_path_stays()
    {
        using var arena = new PageArena(_name);
        using var pool = new Pool<long>(arena);
        using var metrics = Observe(arena, new ArenaMetricsOptions());
        Assert.False(pool.IsObserved);
        var names = Export().Where(metric => Points(metric).Any()).Select(metric => metric.Name).ToHashSet();
        Assert.Contains("arena.memory.usage", names);
        Assert.DoesNotContain("arena.allocations", names);
        Assert.DoesNotContain("arena.frees", names);
        Assert.DoesNotContain("arena.memory.allocated", names);
        Assert.DoesNotContain("arena.leak.slope", names);
    }

    [Fact]
    public void Fragmentation_is_of_the_addresses()
    {
        var page = PageArena.PageBytes;
        using var arena = new PageArena(new PageArenaOptions { Name = _name, ReserveBytes = 8 * page });
        var blocks = Enumerable.Range(0, 8).Select(_ => arena.Allocate(1)).ToArray();
        foreach (var number in (int[])[1, 2, 5, 7])
            arena.Free(blocks[number]);
        using var metrics = Observe(arena, new ArenaMetricsOptions());
        Assert.Equal(0.5, Value("arena.memory.fragmentation"));
        Assert.Equal((long)(2 * page), Value("arena.memory.largest_free"));
        Assert.Equal((long)(8 * page), Value("arena.memory.limit"));
    }

    [Fact]
    public void Tags_and_the_rest_add_up_to_what_is_used()
    {
        using var arena = new PageArena(_name);
        arena.Allocate(PageArena.PageBytes);
        var tags = new FixedBreakdown();
        tags.Add("mesh", 1000);
        tags.Add("sound", 200);
        using var metrics = Observe(arena, new ArenaMetricsOptions { Tags = tags });
        var used = Export().Single(metric => metric.Name == "arena.memory.usage");
        var byTag = Points(used).ToDictionary(point => Tag(point, "arena.tag") ?? "", point => point.GetSumLong());
        Assert.Equal(1000, byTag["mesh"]);
        Assert.Equal(200, byTag["sound"]);
        Assert.Equal((long)PageArena.PageBytes, byTag.Values.Sum());
    }

    [Fact]
    public void A_trend_shows_its_slope_its_interval_and_the_time_left()
    {
        using var arena = new PageArena(_name);
        using var metrics = Observe(arena, new ArenaMetricsOptions());
        metrics.Trend = Growing();
        Assert.Equal(2, Value("arena.leak.slope"), 1e-9);
        Assert.InRange(Value("arena.leak.slope_lower"), 1.9, 2);
        Assert.InRange(Value("arena.leak.slope_upper"), 2, 2.1);
        Assert.InRange(Value("arena.leak.slope_detectable"), 1e-9, 2);
        Assert.InRange(Value("arena.leak.time_to_limit"), 400, 402);
        metrics.Trend = LeakTrend.Analyze([], []);
        Assert.DoesNotContain(Export().Where(metric => Points(metric).Any()), m => m.Name == "arena.leak.slope_upper");
    }

    [Fact]
    public void Arenas_of_one_name_are_numbered_and_one_that_is_gone_is_not_shown()
    {
        using var first = new PageArena(_name);
        using var second = new PageArena(_name);
        using var metrics = Observe(first, new ArenaMetricsOptions());
        var other = Observe(second, new ArenaMetricsOptions());
        Assert.Equal(_name, metrics.Name);
        Assert.Equal(_name + " #2", other.Name);
        other.Dispose();
        other.Dispose();
        using var again = Observe(second, new ArenaMetricsOptions());
        Assert.Equal(_name + " #2", again.Name);
        Assert.Throws<ObjectDisposedException>(() => other.Update());

        first.Dispose();
        _time.Advance(1);
        Assert.Throws<ObjectDisposedException>(() => metrics.Update());
        Assert.DoesNotContain(
            Export().SelectMany(Points), point => Tag(point, "arena.heap.name") == _name);
        Assert.Throws<ObjectDisposedException>(() => Observe(first, new ArenaMetricsOptions()));
    }

    [Fact]
    public void Errors_are_counted_by_their_type_once_each()
    {
        using var arena = new PageArena(new PageArenaOptions { Name = _name, BudgetBytes = 1 << 20 });
        using var metrics = Observe(arena, new ArenaMetricsOptions());
        var counted = new Dictionary<string, long>();
        using var listener = new MeterListener();
        var thread = Environment.CurrentManagedThreadId;
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == ArenaMetrics.MeterName && !instrument.IsObservable)
                self.EnableMeasurementEvents(instrument, thread);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) =>
        {
            // Other tests err as well, on other threads.
            if ((int)state! != Environment.CurrentManagedThreadId)
                return;
            var key = tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Key} {tags[0].Value}";
            counted[key] = counted.GetValueOrDefault(key) + value;
        });
        listener.Start();

        Assert.Throws<InvalidFreeException>(() => FreeAndThrowOn(arena));
        Assert.Throws<ArenaOutOfMemoryException>(() => arena.Allocate(2 << 20));
        new BuddyAllocator(arena, 1 << 16, 16).Allocate(1);
        arena.Dispose();
        ArenaMetrics.CountBudgetViolation(_name, null);
        Assert.Equal(
            [
                "arena.budget.violations 1", $"arena.budget.violations arena.heap.name {_name} 1",
                "arena.errors error.type Arena.ArenaOutOfMemoryException 1",
                "arena.errors error.type Arena.InvalidFreeException 1", "arena.errors error.type leak 1",
            ],
            counted.Select(pair => $"{pair.Key} {pair.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_quiet_point_makes_no_garbage()
    {
        using var arena = new PageArena(_name);
        using var heap = new Heap(arena);
        var tags = new FixedBreakdown();
        tags.Add("mesh", 1000);
        using var metrics = Observe(arena, new ArenaMetricsOptions { CountsAllocations = true, Tags = tags });
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                heap.Free(heap.Allocate(100));
                _time.Advance(0.5);
                metrics.Update();
            }
        }));
    }

    private static void FreeAndThrowOn(PageArena arena)
    {
        try
        {
            arena.Free(new Block((void*)4096, 1));
        }
        catch (InvalidFreeException)
        {
            throw;
        }
    }

    private static TrendReport Growing() => LeakTrend.Analyze(
        [.. Enumerable.Range(0, 100).Select(i => (double)i)], [.. Enumerable.Range(0, 100).Select(i => 2.0 * i)],
        new TrendOptions { LimitBytes = 1000 });

    private static IEnumerable<MetricPoint> Points(MetricSnapshot metric) => metric.MetricPoints;

    private static string? Tag(MetricPoint point, string key)
    {
        foreach (var tag in point.Tags)
        {
            if (tag.Key == key)
                return (string?)tag.Value;
        }
        return null;
    }

    private ArenaMetrics Observe(PageArena arena, ArenaMetricsOptions options) =>
        ArenaMetrics.Observe(arena, options with { TimeProvider = _time });

    // Only what concerns this test's arenas, and the counters that concern none.
    private List<MetricSnapshot> Export()
    {
        _exported.Clear();
        Assert.True(_provider.ForceFlush());
        return _exported;
    }

    private double Value(string name)
    {
        var metric = Export().Single(metric => metric.Name == name);
        var point = Points(metric).Single(point => Tag(point, "arena.heap.name") == _name);
        return metric.MetricType switch
        {
            MetricType.LongGauge => point.GetGaugeLastValueLong(),
            MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
            _ => point.GetSumLong(),
        };
    }
}
