using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Arena.Diagnostics;
using Arena.Report.Formats;
using Arena.Report.Model;
using Arena.Report.Page;
using Arena.Tests.Diagnostics.Capture;
using Xunit.Sdk;

namespace Arena.Tests.Report;

/// <summary>Every damaged file gives a report with a note about the damage, or one clear line.</summary>
public sealed class DamagedReportTests : IDisposable
{
    private static readonly byte[] Largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];

    private readonly string _path = Path.GetTempFileName();
    private readonly byte[] _file;

    public DamagedReportTests()
    {
        using (var game = new PlayedGame(_path))
            game.Play(seconds: 40, leaks: true);
        _file = File.ReadAllBytes(_path);
    }

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Cut_off_anywhere_a_capture_gives_a_report_of_what_is_there()
    {
        var (reports, refused) = (0, 0);
        for (var length = 0; length < _file.Length; length += 1 + length / 40)
        {
            if (ReportOf(_file.AsSpan(0, length)) is not { } model)
            {
                Assert.True(reports == 0, $"{length} bytes say nothing, and fewer said something");
                refused++;
                continue;
            }
            reports++;
            Assert.NotNull(model.Source.Problem);
            CheckFormats(model);
        }
        Assert.True(reports > 50 && refused > 10, $"{reports} reports, {refused} refused");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Damaged_bytes_never_break_a_report(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var file = (byte[])_file.Clone();
            for (var damage = 0; damage < 1 + round; damage++)
                file[random.Next(16, file.Length)] = (byte)random.Next(256);
            if (ReportOf(file) is { } model)
                CheckFormats(model);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Numbers_that_cannot_be_break_no_report(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 60; run++)
        {
            var file = (byte[])_file.Clone();
            for (var i = 0; i < 20; i++)
                Forgery.Change(file, random, Largest);
            try
            {
                if (ReportOf(file) is { } model)
                    CheckFormats(model);
            }
            catch (Exception e) when (e is not XunitException)
            {
                throw new InvalidOperationException($"seed {seed}, run {run}", e);
            }
        }
    }

    private static ReportModel? ReportOf(ReadOnlySpan<byte> file)
    {
        try
        {
            return ReportSource.Of(MemoryCapture.Parse(file, "cut"), "cut", new ReportOptions());
        }
        catch (InvalidDataException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            Assert.NotEqual("", e.Message);
            return null;
        }
    }

    private static void CheckFormats(ReportModel model)
    {
        Assert.NotEqual("", model.Verdict.Sentence);
        Assert.NotNull(XDocument.Parse(Encoding.UTF8.GetString(ReportPage.Of(model))).Root);
        foreach (var format in new[] { ReportFormat.Json, ReportFormat.Chrome, ReportFormat.Speedscope })
            JsonDocument.Parse(ReportFile.Render(model, format)).Dispose();
        foreach (var format in new[] { ReportFormat.Markdown, ReportFormat.Pprof, ReportFormat.Text })
            Assert.NotEmpty(ReportFile.Render(model, format));
    }
}
