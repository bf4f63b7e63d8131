using Arena.Report.Options;

namespace Arena.Tests.Report;

/// <summary>Nothing is written over that was not asked for by name, and a capture never is.</summary>
public sealed class ReportOutputTests : IDisposable
{
    private const string Mine = "my own file";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("report output");
    private readonly string _capture;
    private readonly byte[] _bytes;

    public ReportOutputTests()
    {
        _capture = In("game.html");
        using (var game = new PlayedGame(_capture))
            game.Play(seconds: 30, leaks: true);
        _bytes = File.ReadAllBytes(_capture);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("game.html")]
    [InlineData("./game.html")]
    [InlineData("x/../game.html")]
    [InlineData("link.html")]
    [InlineData("hard.html")]
    [InlineData("x/folder/game.html")]
    public async Task A_capture_is_never_replaced_by_its_report(string output)
    {
        Directory.CreateDirectory(In("x"));
        File.CreateSymbolicLink(In("link.html"), _capture);
        Directory.CreateSymbolicLink(In("x/folder"), _folder.FullName);
        if (OperatingSystem.IsLinux())
            LinkHard(_capture, In("hard.html"));
        else if (output == "hard.html")
            return;
        string[][] lines = [[_capture], ["--diff", _capture, _capture], ["--diff", In("link.html"), _capture]];
        foreach (var line in lines)
        {
            var (code, text, error) = await Run([.. line, "-o", _folder.FullName + "/" + output]);
            Assert.Equal((ExitCode.BadOption, ""), (code, text));
            Assert.Contains(output, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
            Assert.Equal(_bytes, File.ReadAllBytes(_capture));
            Assert.Equal(_bytes, File.ReadAllBytes(_folder.FullName + "/" + output));
        }
    }

    [Fact]
    public async Task A_link_to_a_capture_is_no_way_to_replace_it()
    {
        File.CreateSymbolicLink(In("link.arena"), _capture);
        Assert.Equal(ExitCode.BadOption, (await Run(In("link.arena"), "--output", _capture)).Code);
        Assert.Equal(_bytes, File.ReadAllBytes(_capture));
    }

    [Theory]
    [InlineData("html")]
    [InlineData("json")]
    [InlineData("pprof")]
    public async Task A_file_that_is_there_is_replaced_by_name_only(string format)
    {
        var capture = In("level.arena");
        File.Move(_capture, capture);
        var ending = format == "pprof" ? "pb.gz" : format;
        File.WriteAllText(In($"level.{ending}"), Mine);
        var (code, output, error) = await Run(capture, "--format", format);
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains($"level.{ending}' exists", error, StringComparison.Ordinal);
        Assert.Contains("--output", error, StringComparison.Ordinal);
        Assert.Equal(Mine, File.ReadAllText(In($"level.{ending}")));

        Assert.Equal(ExitCode.Success, (await Run(capture, "--output", In($"level.{ending}"))).Code);
        Assert.NotEqual(Mine, File.ReadAllText(In($"level.{ending}")));
        Assert.Equal(2, _folder.GetFiles().Length);
    }

    [Fact]
    public async Task What_lies_where_a_report_is_made_up_is_not_touched()
    {
        var temporary = In($"page.html.{Environment.ProcessId}.tmp");
        File.WriteAllText(temporary, Mine);
        Assert.Equal(ExitCode.Failed, (await Run(_capture, "--output", In("page.html"))).Code);
        Assert.Equal(Mine, File.ReadAllText(temporary));
        Assert.False(File.Exists(In("page.html")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\t\n")]
    [InlineData("\0")]
    [InlineData("CAPTURE", "--output", "", "--format", "html")]
    [InlineData("CAPTURE", "--output", " ", "--format", "html")]
    [InlineData("CAPTURE", "--output", "a\0b", "--format", "html")]
    [InlineData("CAPTURE", "--format", "")]
    [InlineData("CAPTURE", "--limit", "")]
    [InlineData("CAPTURE", "--limit", "NaN")]
    [InlineData("CAPTURE", "--frame-budget", "NaN")]
    [InlineData("CAPTURE", "--frame-budget", " ")]
    [InlineData("CAPTURE", "")]
    [InlineData("", "--follow")]
    [InlineData("--diff", "", "")]
    [InlineData("--diff", "CAPTURE", " ")]
    [InlineData("--output")]
    [InlineData("--", "")]
    public async Task What_is_no_path_and_no_value_is_a_bad_option(params string[] arguments)
    {
        var (code, output, error) = await Run([.. arguments.Select(each => each == "CAPTURE" ? _capture : each)]);
        Assert.Equal((ExitCode.BadOption, ""), (code, output));
        Assert.NotEqual("", Assert.Single(error.TrimEnd().Split('\n')));
        Assert.Single(_folder.GetFiles());
    }

    [Theory]
    [InlineData("-")]
    [InlineData("@x")]
    [InlineData("*")]
    [InlineData("nul\u202Etxt.\u009bx")]
    [InlineData(".")]
    [InlineData("CAPTURE", "--from", "")]
    [InlineData("CAPTURE", "--to", " ")]
    [InlineData("CAPTURE", "--from", "NaN")]
    public async Task What_is_not_there_is_one_line_that_moves_no_cursor(params string[] arguments)
    {
        var (code, output, error) = await Run([.. arguments.Select(each => each == "CAPTURE" ? _capture : each)]);
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.DoesNotContain(
            Assert.Single(error.TrimEnd('\n', '\r').Split('\n')), c => char.IsControl(c) || c == '\u202E');
    }

    [Fact]
    public async Task A_name_that_turns_the_reading_direction_is_shown_without()
    {
        var (_, output, error) = await Run(_capture, "--output", In("a\u202Eb.html"));
        Assert.Equal("", error);
        Assert.Contains("a\uFFFDb.html", output, StringComparison.Ordinal);
        foreach (var line in new[] { In("a\u202Eb.pdf"), In("a\u202Eb.html") })
            Assert.DoesNotContain('\u202E', (await Run(line, "--output", line)).Error);
    }

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private static void LinkHard(string file, string link)
    {
        using var process = System.Diagnostics.Process.Start("ln", [file, link]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
