using System.Text.Json;
using Arena.Diagnostics;
using Arena.Report.Formats;
using Arena.Report.Model;

namespace Arena.Tests.Diagnostics.Files;

/// <summary>
/// Captures with right checksums and contents that something else wrote: whatever they say, what they take follows
/// their length, and what is read of them is in order.
/// </summary>
public sealed class CaptureMutantTests
{
    private const int Mutants = 60;
    private const long FewestBytes = 1 << 20;

    private static readonly byte[] Old = FixedFile.Bytes("written-by-1.0.arena");

    public static TheoryData<int> Seeds => LongRuns.Seeds(usual: 8);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_a_capture_says_reading_it_takes_what_follows_its_length(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < Mutants; run++)
        {
            var file = CaptureMutant.Of(Old, random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var builder = new CaptureBuilder();
            var reader = new CaptureReader(builder);
            reader.Read(file, "mutant");
            var capture = builder.Build(reader);
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            var name = $"seed {seed}, run {run}: {file.Length} bytes";
            Assert.True(taken < FewestBytes + 200L * file.Length, $"{name} took {taken}");
            var looked = reader.CheckedBytes;
            Assert.True(looked < FewestBytes + 100L * file.Length, $"{name}: {looked} looked at");
            CheckOrder(capture, name);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_a_capture_says_a_report_of_it_takes_what_follows_its_length(int seed)
    {
        var random = new Random(1_000_000 + seed);
        for (var run = 0; run < Mutants / 6; run++)
        {
            var file = CaptureMutant.Of(Old, random);
            var capture = MemoryCapture.Parse(file, "mutant");
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var model = ReportSource.Of(capture, "mutant", new ReportOptions());
                foreach (var format in new[] { ReportFormat.Html, ReportFormat.Markdown, ReportFormat.Pprof })
                    Assert.NotEmpty(ReportFile.Render(model, format));
                foreach (var format in new[] { ReportFormat.Json, ReportFormat.Chrome, ReportFormat.Speedscope })
                    JsonDocument.Parse(ReportFile.Render(model, format)).Dispose();
            }
            catch (InvalidDataException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < 2_000L * file.Length + (64 << 20), $"seed {seed}, run {run}: {file.Length}, {taken}");
        }
    }

    private static void CheckOrder(MemoryCapture capture, string name)
    {
        Assert.NotNull(capture.ToString());
        Assert.True(IsRising(capture.SampleSeconds), name);
        Assert.Equal(capture.SampleSeconds.Count, capture.SampleBytes.Count);
        Assert.True(IsRising([.. capture.Arenas.Select(arena => (double)arena.Number)]), name);
        Assert.True(IsRising([.. capture.Process.Select(each => each.Seconds)]), name);
        foreach (var arena in capture.Arenas)
            Assert.True(IsRising([.. arena.Totals.Select(totals => totals.Seconds)]), name);
        foreach (var site in capture.Sites)
        {
            Assert.Equal(capture.SampleSeconds.Count, site.Bytes.Count);
            Assert.Equal(capture.SampleSeconds.Count, site.Counts.Count);
            Assert.NotNull(site.ToString());
        }
        foreach (var map in capture.Maps)
        {
            Assert.NotNull(map.ToString());
            Assert.All(map.Blocks.Zip(map.Blocks.Skip(1)), two => Assert.True(
                two.First.Offset + two.First.ByteCount <= two.Second.Offset, name));
        }
    }

    private static bool IsRising(IReadOnlyList<double> values) =>
        values.All(double.IsFinite) && values.Zip(values.Skip(1)).All(two => two.First < two.Second);
}
