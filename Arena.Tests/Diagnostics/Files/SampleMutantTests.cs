using System.Buffers.Binary;
using Arena.Diagnostics;
using Arena.Report.Model;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>
/// Sampler's files with right check sums and contents that something else wrote: whatever they say, what they take
/// follows their length, and what is read of them can be judged.
/// </summary>
public sealed class SampleMutantTests : IDisposable
{
    private const int Mutants = 60;

    private static readonly double[] Times =
    [
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1e280, 1e280, -0.0, double.Epsilon, 1e-300, 1e18,
    ];

    private static readonly (RecordKind Kind, byte[] Content)[] Old =
        [.. SampleForge.Records(FixedFile.Bytes("written-by-1.0.memory"))];

    private readonly string _path = Path.GetTempFileName();

    public static TheoryData<int> Seeds => LongRuns.Seeds(usual: 8);

    public void Dispose() => File.Delete(_path);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_a_record_says_reading_it_takes_what_follows_its_length(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < Mutants; run++)
        {
            var file = Mutant(random);
            File.WriteAllBytes(_path, file);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var name = $"seed {seed}, run {run}: {file.Length} bytes";
            try
            {
                var record = MemoryRecord.Read(_path);
                var taken = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(taken < (1 << 20) + 100L * file.Length, $"{name} took {taken}");
                Check(record, name);
            }
            catch (InvalidDataException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    private static void Check(MemoryRecord record, string name)
    {
        var cells = record.Cells;
        Assert.True(cells.Zip(cells.Skip(1)).All(
            two => two.First.Seconds < two.Second.Seconds && two.First.FloorSeconds < two.Second.FloorSeconds), name);
        Assert.All(record.Sites.Concat(record.Tags), category => Assert.Equal(cells.Count, category.LiveBytes.Count));
        var model = RecordModels.Of(record, "mutant", new ReportOptions());
        Assert.NotEmpty(Arena.Report.Formats.JsonFormat.Of(model));
    }

    internal static byte[] Mutant(Random random)
    {
        var records = Old.ToList();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(records.Count);
            var (kind, content) = records[at];
            switch (random.Next(7))
            {
                case 0:
                    records.InsertRange(at, Enumerable.Repeat(records[at], random.Next(1, 3_000)));
                    break;
                case 1:
                    records.RemoveAt(at);
                    break;
                case 2:
                    records[at] = ((RecordKind)random.Next(7), content);
                    break;
                case 3:
                    records[at] = (kind, content[..random.Next(content.Length + 1)]);
                    break;
                default:
                    records[at] = (kind, Changed(content, random));
                    break;
            }
            if (records.Count == 0)
                break;
        }
        var forge = new SampleForge();
        foreach (var (kind, content) in records)
            forge.Add(kind, content);
        return forge.ToFile();
    }

    // A time, or any byte; a number of many bytes comes of many first bytes that follow each other.
    private static byte[] Changed(byte[] content, Random random)
    {
        byte[] changed = [.. content];
        if (changed.Length >= sizeof(double) && random.Next(2) == 0)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(
                changed.AsSpan(random.Next(changed.Length - sizeof(double) + 1)), Times[random.Next(Times.Length)]);
            return changed;
        }
        for (var bytes = random.Next(1, 8); bytes > 0 && changed.Length > 0; bytes--)
            changed[random.Next(changed.Length)] = (byte)(random.Next(2) == 0 ? 0xFF : random.Next(256));
        return changed;
    }
}
