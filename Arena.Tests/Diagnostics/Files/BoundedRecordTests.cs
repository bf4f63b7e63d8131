using Arena.Diagnostics;
using Arena.Tests.Diagnostics.History;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>Sampler's files that once took gigabytes, or whose times broke what judges them.</summary>
public sealed class BoundedRecordTests : IDisposable
{
    private const byte Tags = SampleFile.TagsBit, Sites = SampleFile.SitesBit;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Many_quiet_parts_in_many_cells_take_what_is_written_of_them()
    {
        var forge = new SampleForge().Begin(Tags | Sites, cells: 65_536);
        for (var i = 0; i < 2_000; i++)
            forge.Category(Sites, "a");
        Bounded(forge);
        for (var i = 0; i < 5_000; i++)
            forge.Sample(i, 16);
        var record = Bounded(forge);
        Assert.Equal((5_000, 2_001), (record.Cells.Count, record.Sites.Count));
        Assert.All(record.Sites, category => Assert.Equal(5_000, category.LiveBytes.Count));
        Assert.Equal(0, record.UnreadableBytes);
    }

    [Fact]
    public void Parts_that_come_one_with_each_sample_take_what_is_written_of_them()
    {
        var forge = new SampleForge().Begin(Sites, cells: 64);
        for (var i = 0; i < 5_000; i++)
            forge.Category(Sites, "a").Sample(i, 16);
        Assert.Equal(5_001, Bounded(forge).Sites.Count);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(-1e280)]
    [InlineData(1e280)]
    [InlineData(-1)]
    [InlineData(99)] // the one before
    [InlineData(98)]
    [InlineData(99.00000001)] // less than a clock can resolve
    public void A_time_that_is_not_after_the_one_before_ends_a_record(double seconds)
    {
        var forge = new SampleForge().Begin();
        for (var i = 0; i < 100; i++)
            forge.Sample(i, 16);
        var whole = forge.ToFile().Length;
        forge.Sample(seconds, 16).Sample(200, 16);
        var record = Bounded(forge);
        Assert.Equal(forge.ToFile().Length - whole, record.UnreadableBytes);
        Assert.Equal(100, record.Cells.Sum(cell => cell.SampleCount));
        Assert.True(double.IsFinite(record.Analyze().Trend.SlopeBytesPerSecond));
    }

    [Theory]
    [InlineData(double.NaN, 20, 5)]
    [InlineData(20, double.NegativeInfinity, 5)]
    [InlineData(20, 9, 5)] // its lowest sample before the cell before
    [InlineData(10, 20, 5)]
    [InlineData(20, 20, double.NaN)]
    [InlineData(20, 20, 1e300)]
    public void A_cell_that_cannot_be_ends_a_record(double seconds, double floorSeconds, double bytes)
    {
        var forge = new SampleForge().Begin().Add(RecordKind.Level, record => record.Byte(2)).Cell(4, 10, 9.5, 100);
        var whole = forge.ToFile().Length;
        forge.Cell(4, seconds, floorSeconds, bytes);
        var record = Bounded(forge);
        Assert.Equal(forge.ToFile().Length - whole, record.UnreadableBytes);
        Assert.Equal((1, 4), (record.Cells.Count, record.SamplesPerCell));
    }

    [Fact]
    public void What_cannot_come_where_it_is_ends_a_record()
    {
        Action<SampleForge>[] impossible =
        [
            forge => forge.Begin(), forge => forge.Category(Tags, "of a kind that is not divided by"),
            forge => forge.Add(RecordKind.Level, record => record.Byte(1)),
            forge => forge.Add(RecordKind.Level, record => record.Byte(255)), forge => forge.Cell(2, 9, 9, 5),
            forge => forge.Cell(0, 9, 9, 5), forge => forge.Cell(int.MaxValue, 9, 9, 5),
            forge => forge.Sample(9, -1_000), forge => forge.Add(RecordKind.Sample, [1, 2, 3]),
            forge => forge.Add(RecordKind.Sample, record => record.Double(9).Signed(0).Signed(0).Signed(0).Unsigned(1)
                .Unsigned(ulong.MaxValue).Signed(5).Unsigned(0)),
            forge => forge.Add(RecordKind.Sample, record => record.Double(9).Signed(0).Signed(0).Signed(0)
                .Unsigned(ulong.MaxValue)),
            forge => forge.Add(RecordKind.Category, record => record.Byte(Sites).Unsigned(ulong.MaxValue)),
        ];
        foreach (var add in impossible)
        {
            var forge = new SampleForge().Begin(Sites).Category(Sites, "a").Sample(1, 16);
            var whole = forge.ToFile().Length;
            add(forge);
            Assert.Equal(forge.ToFile().Length - whole, Bounded(forge).UnreadableBytes);
        }
    }

    [Fact]
    public void A_file_that_does_not_begin_as_one_is_refused_by_name()
    {
        foreach (var forge in new[]
        {
            new SampleForge().Sample(1, 16), new SampleForge().Begin(cells: 63),
            new SampleForge().Begin(cells: 1 << 20),
            new SampleForge().Begin(milliseconds: long.MaxValue), new SampleForge().Begin(milliseconds: long.MinValue),
        })
        {
            File.WriteAllBytes(_path, forge.ToFile());
            var refusal = Assert.Throws<InvalidDataException>(() => MemoryRecord.Read(_path));
            Assert.StartsWith(_path, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Cells_of_parts_that_change_now_and_then_are_those_that_a_sampler_has(int seed)
    {
        var random = new Random(seed);
        var path = _path + ".memory";
        var (time, sites, tags) = (new ManualTime(), new FixedBreakdown(), new FixedBreakdown());
        try
        {
            using var arena = new PageArena("sampled");
            using var sampler = new MemorySampler(arena, new MemorySamplerOptions
            {
                TimeProvider = time, Sites = sites, Tags = tags, MaximumCells = 64, FilePath = path,
                MaximumFileBytes = random.Next(4_096, 200_000),
            });
            var count = random.Next(100, 2_000);
            for (var i = 0; i < count; i++)
            {
                if (random.Next(20) == 0)
                    (random.Next(2) == 0 ? sites : tags).Add($"category {i}", random.Next(2) * random.Next(100_000));
                if (sites.Bytes.Count > 0 && random.Next(3) == 0)
                    sites.Bytes[random.Next(sites.Bytes.Count)] = random.Next(1_000_000);
                time.Advance(1);
                sampler.Sample();
            }
            AssertSame(sampler.Record(), MemoryRecord.Read(path), $"seed {seed}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void AssertSame(MemoryRecord expected, MemoryRecord actual, string name)
    {
        Assert.Equal(expected.SamplesPerCell, actual.SamplesPerCell);
        Assert.Equal(expected.Cells.Select(cell => cell.SampleCount), actual.Cells.Select(cell => cell.SampleCount));
        foreach (var (a, b) in expected.Sites.Concat(expected.Tags).Zip(actual.Sites.Concat(actual.Tags)))
        {
            Assert.Equal(a.Name, b.Name);
            Assert.Equal(a.LiveBytes.Count, b.LiveBytes.Count);
            Assert.Equal(b.LiveBytes, Enumerable.Range(0, b.LiveBytes.Count).Select(i => b.LiveBytes[i]));
            for (var i = 0; i < a.LiveBytes.Count; i++)
            {
                Assert.True(Math.Abs(a.LiveBytes[i] - b.LiveBytes[i]) < 1e-3, $"{name}, {a.Name}, cell {i}");
                Assert.True(Math.Abs(a.FloorBytes[i] - b.FloorBytes[i]) < 1e-3, $"{name}, {a.Name}, floor {i}");
            }
        }
    }

    private MemoryRecord Bounded(SampleForge forge)
    {
        var file = forge.ToFile();
        File.WriteAllBytes(_path, file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var record = MemoryRecord.Read(_path);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(taken < 100_000 + 100L * file.Length, $"{taken} bytes for a file of {file.Length}");
        return record;
    }
}
