using Arena.Diagnostics;
using Arena.Pools;

namespace Arena.Tests.Diagnostics.History;

public sealed unsafe class MemorySamplerTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_sample_says_what_is_live_committed_and_resident()
    {
        using var arena = new PageArena("sampled");
        using var heap = new Heap(arena);
        using var sampler = Sampler(arena);
        // The first free of a size commits a page for what waits to be allocated again.
        heap.Free(heap.Allocate(1000));
        var address = heap.Allocate(1000);
        sampler.Sample();
        _time.Advance(2.5);
        heap.Free(address);
        sampler.Sample();

        var record = sampler.Record();
        Assert.Equal(_time.GetUtcNow(), record.StartedAt);
        Assert.Equal([0, 2.5], record.Cells.Select(cell => cell.Seconds));
        Assert.InRange(record.Cells[0].LiveBytes, 1000, 1100);
        Assert.Equal(0, record.Cells[1].LiveBytes);
        Assert.All(record.Cells, cell => Assert.Equal(arena.CommittedBytes, cell.CommittedBytes));
        Assert.All(record.Cells, cell => Assert.True(cell.ResidentBytes > 1 << 20));
        Assert.True(sampler.OwnBytes > 0);
    }

    [Fact]
    public void Several_arenas_are_added_up()
    {
        using var first = new PageArena("first");
        using var second = new PageArena("second");
        using var sampler = new MemorySampler([first, second], new MemorySamplerOptions { TimeProvider = _time });
        var bytes = first.Allocate(1).ByteCount + second.Allocate(100_000).ByteCount;
        sampler.Sample();
        Assert.Equal(bytes, sampler.Record().Cells[0].LiveBytes);
    }

    [Fact]
    public void The_interval_decides_and_a_pause_is_not_made_up_for()
    {
        using var arena = new PageArena("sampled");
        using var sampler = Sampler(arena);
        Assert.True(sampler.SampleIfDue());
        Assert.False(sampler.SampleIfDue());
        _time.Advance(0.99);
        Assert.False(sampler.SampleIfDue());
        _time.Advance(0.03);
        Assert.True(sampler.SampleIfDue());
        // 0.02 late, so the next one is due 0.98 later.
        _time.Advance(0.97);
        Assert.False(sampler.SampleIfDue());
        _time.Advance(0.01);
        Assert.True(sampler.SampleIfDue());
        _time.Advance(10);
        Assert.True(sampler.SampleIfDue());
        Assert.False(sampler.SampleIfDue());
        Assert.Equal(4, sampler.Record().Cells.Count);
    }

    [Fact]
    public void A_second_sample_at_the_same_instant_is_ignored()
    {
        using var arena = new PageArena("sampled");
        using var sampler = Sampler(arena);
        sampler.Sample();
        sampler.Sample();
        Assert.Single(sampler.Record().Cells);
    }

    [Fact]
    public void A_sample_makes_no_garbage_with_parts_and_a_file()
    {
        var folder = Directory.CreateTempSubdirectory("sampler");
        using var arena = new PageArena("sampled");
        using var heap = new Heap(arena);
        using var pool = new Pool<long>(arena);
        var categories = new FixedBreakdown();
        for (var category = 0; category < 50; category++)
            categories.Add($"category {category}", 0);
        var options = new MemorySamplerOptions
        {
            TimeProvider = _time, Tags = categories, Sites = categories, MaximumCells = 64,
            FilePath = Path.Combine(folder.FullName, "game.memory"),
        };
        var sampler = new MemorySampler(arena, options);
        // A new one each time: it merges its cells less and less often.
        Assert.Equal(0, Garbage.Of(Begin, () => Sample(800)));
        Assert.Null(sampler.FileError);
        sampler.Dispose();
        folder.Delete(recursive: true);

        void Begin()
        {
            sampler.Dispose();
            File.Delete(options.FilePath);
            sampler = new MemorySampler(arena, options);
            Sample(200);
        }

        void Sample(int count)
        {
            for (var i = 0; i < count; i++)
            {
                heap.Allocate(64);
                categories.Bytes[i % 50] += 64;
                _time.Advance(1);
                sampler.SampleIfDue();
            }
        }
    }

    [Fact]
    public void The_parts_and_the_rest_add_up_to_what_is_live()
    {
        using var arena = new PageArena("sampled");
        var tags = new FixedBreakdown();
        using var sampler = new MemorySampler(
            arena, new MemorySamplerOptions { TimeProvider = _time, Tags = tags, MaximumCategories = 3 });
        for (var i = 0; i < 9; i++)
        {
            arena.Allocate(1);
            tags.Add($"tag {i}", 10 + i);
            sampler.Sample();
            _time.Advance(1);
        }
        var record = sampler.Record();
        Assert.Equal(
            ["(not told apart)", "tag 0", "tag 1", "tag 2", "(others)"], record.Tags.Select(tag => tag.Name));
        Assert.Empty(record.Sites);
        for (var cell = 0; cell < 9; cell++)
            Assert.Equal(record.Cells[cell].LiveBytes, record.Tags.Sum(tag => tag.LiveBytes[cell]));
        Assert.Equal(13 + 14 + 15 + 16 + 17 + 18, record.Tags[^1].LiveBytes[^1]);
    }

    [Fact]
    public void Reading_the_parts_of_a_tracker_makes_no_garbage_once_they_are_known()
    {
        using var arena = new PageArena("sampled");
        using var heap = new Heap(arena);
        using var tracker = LeakTracker.Attach(arena);
        var sites = TrackedBreakdown.BySite(tracker);
        var tags = TrackedBreakdown.ByTag(tracker);
        var bytes = new long[4];
        var kept = new nint[100];
        for (var i = 0; i < kept.Length; i++)
            kept[i] = (nint)heap.Allocate(100);
        Assert.Equal((1, 1), (sites.Read(bytes), tags.Read(bytes)));
        Assert.Equal(0, Garbage.Of(() =>
        {
            for (var i = 0; i < kept.Length; i++)
            {
                heap.Free((void*)kept[i]);
                sites.Read(bytes);
                tags.Read(bytes);
                kept[i] = (nint)heap.Allocate(200);
            }
        }));
        sites.Read(bytes);
        Assert.Equal((0, 100 * 208), (bytes[0], bytes[1]));
    }

    [Fact]
    public void The_growth_is_put_down_to_the_lines_that_leak()
    {
        using var arena = new PageArena("sampled");
        using var heap = new Heap(arena);
        using var tracker = LeakTracker.Attach(arena);
        using var sampler = new MemorySampler(arena, new MemorySamplerOptions
        {
            TimeProvider = _time, Sites = TrackedBreakdown.BySite(tracker), Tags = TrackedBreakdown.ByTag(tracker),
        });
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            void* load = heap.Allocate((nuint)random.Next(1, 5000));
            LeakALot(heap);
            if (i % 3 == 0)
                LeakALittle(heap);
            sampler.Sample();
            heap.Free(load);
            _time.Advance(1);
        }
        var report = sampler.Record().Analyze();
        Assert.Equal(TrendVerdict.Confirmed, report.Trend.Verdict);
        var growing = report.Sites.Where(site => site.Grows).ToArray();
        Assert.Equal(2, growing.Length);
        Assert.All(growing, site => Assert.StartsWith("MemorySamplerTests.cs:", site.Site, StringComparison.Ordinal));
        Assert.InRange(growing[0].Share, 0.80, 0.92);
        Assert.Equal(1, report.Sites.Sum(site => site.Share), 1e-9);
        Assert.Equal(
            report.Trend.SlopeBytesPerSecond, report.Sites.Sum(site => site.Trend.SlopeBytesPerSecond), 1e-6);
        Assert.Equal(["(no tag)"], report.Tags.Where(tag => tag.Grows).Select(tag => tag.Site));
        var percent = (growing[0].Share * 100).ToString("0", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains(
            $"\n  {percent} % of the growth is MemorySamplerTests.cs:", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_floor_of_a_thinned_record_is_still_judged()
    {
        // Between loads of a megabyte that come and go, one kilobyte a sample stays. The means see the loads only.
        using var arena = new PageArena("sampled");
        using var heap = new Heap(arena);
        using var sampler = new MemorySampler(
            arena, new MemorySamplerOptions { TimeProvider = _time, MaximumCells = 64 });
        var random = new Random(2);
        for (var i = 0; i < 4000; i++)
        {
            heap.Allocate(1024);
            void* load = random.Next(10) == 0 ? null : heap.Allocate((nuint)random.Next(1 << 20, 64 << 20));
            sampler.Sample();
            heap.Free(load);
            _time.Advance(1);
        }
        var record = sampler.Record();
        Assert.True(record.SamplesPerCell > 32);
        var trend = record.Analyze().Trend;
        Assert.Equal(TrendVerdict.Confirmed, trend.Verdict);
        Assert.InRange(trend.FloorSlope.BytesPerSecond, 900, 1200);
    }

    [Fact]
    public void What_cannot_be_sampled_is_refused()
    {
        using var arena = new PageArena("sampled");
        MemorySamplerOptions[] wrong =
        [
            new() { Interval = TimeSpan.Zero }, new() { MaximumCells = 62 }, new() { MaximumCells = 65 },
            new() { MaximumCells = 70_000 }, new() { MaximumCategories = 0 }, new() { MaximumFileBytes = 1 },
        ];
        foreach (var options in wrong)
            Assert.Throws<ArgumentOutOfRangeException>(() => new MemorySampler(arena, options));
        var sampler = Sampler(arena);
        sampler.Dispose();
        sampler.Dispose();
        Assert.Throws<ObjectDisposedException>(sampler.Sample);
        Assert.Throws<ObjectDisposedException>(sampler.Record);
        Assert.Equal(0, sampler.OwnBytes);
    }

    private static void LeakALot(Heap heap) => heap.Allocate(1000);

    private static void LeakALittle(Heap heap) => heap.Allocate(500);

    private MemorySampler Sampler(PageArena arena) => new(arena, new MemorySamplerOptions { TimeProvider = _time });
}
