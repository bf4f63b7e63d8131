using System.Diagnostics;
using Arena.Diagnostics;
using Arena.Report.Options;
using Arena.Tests.Diagnostics.History;

namespace Arena.Tests.Report;

public sealed class ReportCommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("report");
    private readonly string _capture;

    public ReportCommandLineTests()
    {
        _capture = In("capture.arena");
        using var game = new PlayedGame(_capture);
        game.Play(seconds: 30, leaks: true);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData()]
    [InlineData("--format", "pdf", "CAPTURE")]
    [InlineData("CAPTURE", "--output", "x.pdf")]
    [InlineData("CAPTURE", "CAPTURE")]
    [InlineData("CAPTURE", "--diff", "CAPTURE", "CAPTURE")]
    [InlineData("--diff", "CAPTURE")]
    [InlineData("CAPTURE", "--limit", "much")]
    [InlineData("CAPTURE", "--limit", "-1")]
    [InlineData("CAPTURE", "--frame-budget", "0")]
    [InlineData("CAPTURE", "--follow", "--output", "x.html")]
    [InlineData("CAPTURE", "--no-such-option")]
    public async Task A_bad_option_is_one_line_on_standard_error_and_code_2(params string[] arguments)
    {
        var (code, output, error) = await Run(arguments);
        Assert.Equal(ExitCode.BadOption, code);
        Assert.Equal("", output);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public async Task A_page_is_written_beside_the_capture()
    {
        var (code, output, error) = await Run("CAPTURE");
        Assert.Equal((ExitCode.Success, ""), (code, error));
        Assert.Contains("were never freed, 100 % by PlayedGame.cs:", output, StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(In("capture.html")), StringComparison.Ordinal);
        Assert.Equal(2, _folder.GetFiles().Length);
    }

    [Theory]
    [InlineData("a.json", "{")]
    [InlineData("a.md", "🔴")]
    [InlineData("a.trace.json", "{\"displayTimeUnit\"")]
    [InlineData("a.speedscope.json", "{\"$schema\"")]
    [InlineData("a.txt", "╭")]
    [InlineData("a.svg", "<svg viewBox=")]
    public async Task The_ending_of_the_output_is_its_format(string file, string begins)
    {
        Assert.Equal(ExitCode.Success, (await Run("CAPTURE", "--output", In(file))).Code);
        Assert.StartsWith(begins, File.ReadAllText(In(file)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_off_capture_is_shown_with_a_note_and_one_of_nothing_is_an_error()
    {
        var bytes = File.ReadAllBytes(_capture);
        File.WriteAllBytes(_capture, bytes[..(bytes.Length / 2)]);
        var (code, output, _) = await Run("CAPTURE");
        Assert.Equal(ExitCode.Success, code);
        Assert.StartsWith("The file is not complete: ", output, StringComparison.Ordinal);
        Assert.Contains("The file is not complete: ", File.ReadAllText(In("capture.html")), StringComparison.Ordinal);

        foreach (var length in new[] { 0, 5, 16, 20 })
        {
            File.WriteAllBytes(_capture, bytes[..length]);
            var (failed, _, error) = await Run("CAPTURE");
            Assert.Equal(ExitCode.Failed, failed);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
        Assert.Equal(ExitCode.Failed, (await Run(In("not there"))).Code);
    }

    [Theory]
    [InlineData("FILE")]
    [InlineData("FILE", "--follow")]
    [InlineData("FILE", "--format", "text")]
    [InlineData("serve", "FILE")]
    [InlineData("--diff", "FILE", "CAPTURE")]
    public async Task A_missing_file_and_a_folder_are_named_alike_by_all_commands(params string[] arguments)
    {
        foreach (var (file, why) in new[] { ("none.arena", "There is no file '{0}'"), (".", "'{0}' is a folder") })
        {
            var (code, output, error) = await Run([.. arguments.Select(each => each == "FILE" ? In(file) : each)]);
            Assert.Equal((ExitCode.Failed, ""), (code, output));
            Assert.Equal(
                why.Replace("{0}", In(file), StringComparison.Ordinal)
                    + ": give the path of a capture, or start the game that writes it.",
                error.TrimEnd());
        }
    }

    [Fact]
    public async Task Two_captures_are_compared_on_the_screen_or_in_a_file()
    {
        var longer = In("longer.arena");
        using (var game = new PlayedGame(longer))
            game.Play(seconds: 60, leaks: true);
        var (code, output, error) = await Run("--diff", _capture, longer);
        Assert.Equal((ExitCode.Success, ""), (code, error));
        // Three walls a second, thirty seconds more.
        Assert.Contains($"+{3 * 30 * 256 / 1024.0:0.#} KiB", output, StringComparison.Ordinal);
        Assert.Contains("+90", output, StringComparison.Ordinal);
        foreach (var file in new[] { "d.html", "d.md", "d.json" })
        {
            Assert.Equal(ExitCode.Success, (await Run("--diff", _capture, longer, "--output", In(file))).Code);
            Assert.Contains("PlayedGame.cs:", File.ReadAllText(In(file)), StringComparison.Ordinal);
        }
        Assert.Equal(ExitCode.Failed, (await Run("--diff", _capture, longer, "--format", "png")).Code);
    }

    [Fact]
    public async Task Following_ends_when_the_capture_has_ended()
    {
        var (code, output, _) = await Run("CAPTURE", "--follow");
        Assert.Equal(ExitCode.Success, code);
        Assert.Contains("The capture has ended.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_samplers_record_is_read_too()
    {
        var (time, sites) = (new ManualTime(), new FixedBreakdown());
        sites.Add("Mesh.cs:118", 0);
        using (var arena = new PageArena("level"))
        using (var sampler = new MemorySampler(arena, new MemorySamplerOptions
        {
            TimeProvider = time, Sites = sites, FilePath = In("game.memory"),
        }))
        {
            for (var second = 0; second < 100; second++)
            {
                sites.Bytes[0] += (long)arena.Allocate(4_096).ByteCount;
                time.Advance(1);
                sampler.Sample();
            }
        }
        var (code, output, error) = await Run(In("game.memory"));
        Assert.Equal((ExitCode.Success, ""), (code, error));
        Assert.Contains("Mesh.cs:118", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, (await Run(In("game.memory"), "--from", "3")).Code);
    }

    [Fact]
    public void The_built_tool_draws_a_picture()
    {
        var folder = AppContext.BaseDirectory.Replace("Arena.Tests", "Arena.Report", StringComparison.Ordinal);
        var tool = Path.Combine(folder, "Arena.Report.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [tool, _capture, "--format", "png"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        });
        Assert.NotNull(process);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((0, ""), (process.ExitCode, error));
        byte[] signature = [0x89, (byte)'P', (byte)'N', (byte)'G'];
        Assert.Equal(signature, File.ReadAllBytes(In("capture.png"))[..4]);
    }

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(
            [.. arguments.Select(each => each == "CAPTURE" ? _capture : each)], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
