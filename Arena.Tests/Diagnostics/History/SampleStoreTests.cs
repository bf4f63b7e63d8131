using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.History;

public sealed class SampleStoreTests
{
    [Theory]
    [InlineData(1, 63)]
    [InlineData(2, 64)]
    [InlineData(3, 1000)]
    [InlineData(4, 4096)]
    [InlineData(5, 12_345)]
    public void Every_cell_is_what_its_samples_are(int seed, int count)
    {
        var random = new Random(seed);
        using var store = new SampleStore(64);
        store.Tags.AddColumn(CategoryColumns.RestName);
        store.Tags.AddColumn("mesh");
        var samples = new List<(double Seconds, long Live, long Mesh)>();
        for (var i = 0; i < count; i++)
        {
            samples.Add((i + random.NextDouble(), random.NextInt64(1L << 40), random.NextInt64(1L << 30)));
            var (seconds, live, mesh) = samples[i];
            store.Add(MemoryCell.Of(seconds, live, 2 * live, 3 * live), [mesh], []);
        }

        Assert.InRange(store.CellCount, Math.Min(count, 32), 64);
        Assert.Equal(count, store.Cells.ToArray().Sum(cell => cell.SampleCount));
        var next = 0;
        for (var number = 0; number < store.CellCount; number++)
        {
            var cell = store.Cells[number];
            var own = samples.Skip(next).Take(cell.SampleCount).ToArray();
            next += cell.SampleCount;
            var lowest = own.MinBy(sample => sample.Live);
            Assert.Equal(number < store.ClosedCount ? 1 << store.Level : store.OpenSamples, cell.SampleCount);
            Assert.Equal(lowest.Live, cell.FloorBytes);
            Assert.Equal(lowest.Seconds, cell.FloorSeconds);
            Assert.Equal(own.Max(sample => sample.Live), cell.PeakBytes);
            Assert.Equal(1, cell.LiveBytes / own.Average(sample => sample.Live), 1e-12);
            Assert.Equal(2, cell.CommittedBytes / cell.LiveBytes, 1e-12);
            Assert.Equal(3, cell.ResidentBytes / cell.LiveBytes, 1e-12);
            Assert.Equal(own.Average(sample => sample.Seconds), cell.Seconds, 1e-6);
            Assert.Equal(1, store.Tags.Column(1, number + 1)[number].Mean / own.Average(sample => sample.Mesh), 1e-12);
            Assert.Equal(own.Min(sample => sample.Mesh), store.Tags.Column(1, number + 1)[number].Floor);
            Assert.Equal(own.Min(sample => sample.Live - sample.Mesh), store.Tags.Column(0, number + 1)[number].Floor);
        }
    }

    [Fact]
    public void A_year_of_seconds_takes_the_memory_of_an_hour_and_loses_no_floor()
    {
        using var store = new SampleStore(64);
        store.Sites.AddColumn(CategoryColumns.RestName);
        store.Sites.AddColumn("Mesh.cs:118");
        var before = 0L;
        for (var second = 0; second < 31_536_000 / 4; second++)
        {
            store.Add(MemoryCell.Of(4.0 * second, second == 5_000_000 ? 7 : 1000, 0, 0), [], [3]);
            if (second == 900)
                before = store.CommittedBytes;
        }
        Assert.Equal(before, store.CommittedBytes);
        var lowest = store.Cells.ToArray().MinBy(cell => cell.FloorBytes);
        Assert.Equal((7, 20_000_000), (lowest.FloorBytes, lowest.FloorSeconds));
    }

    [Fact]
    public void A_part_that_comes_late_was_nothing_before()
    {
        using var store = new SampleStore(64);
        store.Tags.AddColumn(CategoryColumns.RestName);
        for (var i = 0; i < 67; i++)
            store.Add(MemoryCell.Of(i, 100, 0, 0), Array.Empty<long>(), []);
        store.Tags.AddColumn("late");
        store.Add(MemoryCell.Of(67, 100, 0, 0), [40], []);

        // Two samples a cell by now: the last cell holds one without the category and one with it.
        var column = store.Tags.Column(1, store.CellCount).ToArray();
        Assert.All(column[..^1], cell => Assert.Equal(default, cell));
        Assert.Equal(new CategoryCell(20, 0), column[^1]);
        Assert.Equal(new CategoryCell(80, 60), store.Tags.Column(0, store.CellCount)[^1]);
    }
}
