using Arena.Diagnostics;

namespace Arena.Tests.Diagnostics.History;

public sealed class SampleFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sampler");
    private readonly ManualTime _time = new();
    private readonly FixedBreakdown _tags = new();
    private readonly FixedBreakdown _sites = new();

    private string FilePath => Path.Combine(_folder.FullName, "game.memory");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1, 50, 1 << 20)]
    [InlineData(2, 1000, 1 << 20)]
    [InlineData(3, 1000, 4096)]
    [InlineData(4, 2777, 20_000)]
    public void What_is_read_is_what_was_recorded(int seed, int count, long fileBytes)
    {
        var record = Play(seed, count, fileBytes);
        var read = MemoryRecord.Read(FilePath);
        Assert.Equal(0, read.UnreadableBytes);
        AssertSame(record, read, 1e-12);
    }

    [Fact]
    public void The_file_is_rewritten_before_it_grows_beyond_its_limit()
    {
        Play(seed: 5, count: 20_000, fileBytes: 100_000);
        Assert.InRange(new FileInfo(FilePath).Length, 1000, 101_000);
        Assert.Single(_folder.GetFiles());
        Assert.Equal(20_000, MemoryRecord.Read(FilePath).Cells.Sum(cell => cell.SampleCount));
    }

    [Fact]
    public void Wherever_the_file_ends_the_whole_records_before_are_read()
    {
        Play(seed: 6, count: 30, 1 << 20);
        var bytes = File.ReadAllBytes(FilePath);
        var whole = MemoryRecord.Read(FilePath);
        var cut = Path.Combine(_folder.FullName, "cut.memory");
        var known = 0;
        for (var length = SampleFile.HeadBytes; length < bytes.Length; length++)
        {
            File.WriteAllBytes(cut, bytes[..length]);
            var read = MemoryRecord.Read(cut);
            Assert.InRange(read.Cells.Count, known, known + 1);
            known = read.Cells.Count;
            Assert.Equal(whole.Cells.Take(known), read.Cells);
            Assert.True(read.UnreadableBytes < 400, $"{read.UnreadableBytes} of {length} bytes were of no use");
        }
        Assert.Equal(29, known);
    }

    [Fact]
    public void A_flipped_bit_ends_the_record_before_it()
    {
        Play(seed: 7, count: 30, 1 << 20);
        var bytes = File.ReadAllBytes(FilePath);
        var whole = MemoryRecord.Read(FilePath);
        var random = new Random(7);
        for (var run = 0; run < 200; run++)
        {
            var broken = bytes.ToArray();
            var at = random.Next(SampleFile.HeadBytes, bytes.Length);
            broken[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(FilePath, broken);
            var read = MemoryRecord.Read(FilePath);
            Assert.True(read.UnreadableBytes >= bytes.Length - at, $"bit at {at}: {read.UnreadableBytes} unreadable");
            Assert.Equal(whole.Cells.Take(read.Cells.Count), read.Cells);
        }
    }

    [Fact]
    public void Another_file_and_a_later_version_are_refused_by_name()
    {
        File.WriteAllText(FilePath, "ArenaMe");
        Assert.Contains(FilePath, Refusal(), StringComparison.Ordinal);
        File.WriteAllText(FilePath, "An essay about memory samplers.");
        Assert.Contains(FilePath, Refusal(), StringComparison.Ordinal);
        File.WriteAllBytes(FilePath, [.. SampleFile.Magic, 2, 0, 0, 0]);
        Assert.Contains("version 2", Refusal(), StringComparison.Ordinal);

        string Refusal() => Assert.Throws<InvalidDataException>(() => MemoryRecord.Read(FilePath)).Message;
    }

    [Fact]
    public void A_file_that_exists_is_not_written_over()
    {
        File.WriteAllText(FilePath, "older");
        using var arena = new PageArena("sampled");
        Assert.Throws<IOException>(() => new MemorySampler(arena, new MemorySamplerOptions { FilePath = FilePath }));
        Assert.Equal("older", File.ReadAllText(FilePath));
    }

    [Fact]
    public void A_file_that_cannot_be_renewed_is_given_up_and_the_sampling_goes_on()
    {
        using var arena = new PageArena("sampled");
        var options = new MemorySamplerOptions
        {
            TimeProvider = _time, FilePath = FilePath, MaximumFileBytes = 4096, MaximumCells = 64,
        };
        using var sampler = new MemorySampler(arena, options);
        Directory.CreateDirectory(FilePath + ".new");
        for (var i = 0; i < 500; i++)
        {
            _time.Advance(1);
            sampler.Sample();
        }
        Assert.Contains(FilePath, sampler.FileError, StringComparison.Ordinal);
        Assert.Equal(500, sampler.Record().Cells.Sum(cell => cell.SampleCount));
        Assert.True(MemoryRecord.Read(FilePath).Cells.Sum(cell => cell.SampleCount) > 50);
    }

    [Fact]
    public void The_check_sum_is_the_one_of_RFC_3720()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x46DD794Eu, Crc32C.Of([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
    }

    private MemoryRecord Play(int seed, int count, long fileBytes)
    {
        var random = new Random(seed);
        using var arena = new PageArena("sampled");
        using var sampler = new MemorySampler(arena, new MemorySamplerOptions
        {
            TimeProvider = _time, Tags = _tags, Sites = _sites, MaximumCells = 64, MaximumCategories = 7,
            FilePath = FilePath, MaximumFileBytes = fileBytes,
        });
        var blocks = new List<Block>();
        for (var i = 0; i < count; i++)
        {
            if (i % 17 == 3 && _tags.Bytes.Count < 12)
                (random.Next(2) == 0 ? _tags : _sites).Add($"category {i} ä", random.Next(1000));
            foreach (var categories in (FixedBreakdown[])[_tags, _sites])
            {
                if (categories.Bytes.Count > 0)
                    categories.Bytes[random.Next(categories.Bytes.Count)] = random.NextInt64(1L << random.Next(40));
            }
            if (blocks.Count > 0 && random.Next(2) == 0)
            {
                arena.Free(blocks[^1]);
                blocks.RemoveAt(blocks.Count - 1);
            }
            else
            {
                blocks.Add(arena.Allocate((nuint)random.Next(100_000)));
            }
            _time.Advance(random.NextDouble());
            sampler.Sample();
        }
        return sampler.Record();
    }

    private static void AssertSame(MemoryRecord expected, MemoryRecord actual, double tolerance)
    {
        Assert.Equal(expected.StartedAt, actual.StartedAt);
        Assert.Equal(expected.SamplesPerCell, actual.SamplesPerCell);
        Assert.Equal(expected.Cells.Count, actual.Cells.Count);
        for (var i = 0; i < expected.Cells.Count; i++)
        {
            MemoryCell a = expected.Cells[i], b = actual.Cells[i];
            Assert.Equal((a.SampleCount, a.FloorBytes, a.FloorSeconds), (b.SampleCount, b.FloorBytes, b.FloorSeconds));
            Assert.Equal(a.PeakBytes, b.PeakBytes);
            Assert.Equal(a.Seconds, b.Seconds, tolerance * a.Seconds);
            Assert.Equal(a.LiveBytes, b.LiveBytes, tolerance * a.PeakBytes);
            Assert.Equal(a.CommittedBytes, b.CommittedBytes, tolerance * a.CommittedBytes);
            Assert.Equal(a.ResidentBytes, b.ResidentBytes, tolerance * a.ResidentBytes);
        }
        AssertSame(expected.Tags, actual.Tags);
        AssertSame(expected.Sites, actual.Sites);
    }

    private static void AssertSame(IReadOnlyList<MemoryCategory> expected, IReadOnlyList<MemoryCategory> actual)
    {
        Assert.Equal(expected.Select(category => category.Name), actual.Select(category => category.Name));
        for (var category = 0; category < expected.Count; category++)
        {
            Assert.Equal(expected[category].FloorBytes, actual[category].FloorBytes);
            for (var cell = 0; cell < expected[category].LiveBytes.Count; cell++)
                Assert.Equal(expected[category].LiveBytes[cell], actual[category].LiveBytes[cell], 1e-3);
        }
    }
}
