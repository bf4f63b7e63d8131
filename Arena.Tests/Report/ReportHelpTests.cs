using Arena.Report.Model;
using Arena.Report.Options;
using Arena.Report.Terminal;
using Spectre.Console;

namespace Arena.Tests.Report;

/// <summary>The tool describes itself, and what it cannot do.</summary>
public sealed class ReportHelpTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("report help");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("--help")]
    [InlineData("crash", "--help")]
    [InlineData("crash", "-h")]
    public async Task Help_has_the_name_of_the_command_and_not_of_the_assembly(params string[] arguments)
    {
        var (code, output, error) = await Run(arguments);
        Assert.Equal((ExitCode.Success, ""), (code, error));
        Assert.DoesNotContain("Arena.Report", output, StringComparison.Ordinal);
        Assert.Contains("arena-report", output, StringComparison.Ordinal);
        if (arguments is ["crash", ..])
            Assert.Contains("arena-report crash <file>", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("serve", "--help")]
    [InlineData("crash", "--help")]
    public async Task Help_says_what_the_exit_codes_mean(params string[] arguments)
    {
        var (_, output, _) = await Run(arguments);
        Assert.Contains("exits with 0", output, StringComparison.Ordinal);
        Assert.Contains("with 1 if", output, StringComparison.Ordinal);
        Assert.Contains("with 2 for", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_the_other_commands()
    {
        var (_, output, _) = await Run("--help");
        Assert.Contains("crash <file>", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("crash")]
    [InlineData("crash", "a", "b")]
    public async Task A_command_without_its_file_is_a_bad_option(params string[] arguments)
    {
        var (code, output, error) = await Run(arguments);
        Assert.Equal((ExitCode.BadOption, ""), (code, output));
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_window_that_holds_nothing_is_an_error_and_writes_nothing()
    {
        using (var game = new PlayedGame(In("x.arena")))
            game.Play(seconds: 30, leaks: true);
        var (code, output, error) = await Run(In("x.arena"), "--from", "5", "--to", "2");
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Contains("begins at 5 s and ends at 2 s", error, StringComparison.Ordinal);
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public async Task A_crash_file_that_is_missing_is_named_as_it_was_given()
    {
        var (code, _, error) = await Run("crash", In("none"));
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(
            $"There is no file '{In("none")}': give the CrashReportPath of a guarded arena.", error.TrimEnd());
    }

    [Fact]
    public async Task Following_does_not_wait_for_a_file_that_is_not_there_or_is_something_else()
    {
        File.WriteAllText(In("text"), "a text, and no capture");
        foreach (var file in new[] { "nothing", "text", "." })
        {
            var (code, output, error) = await Run(In(file), "--follow");
            Assert.Equal((ExitCode.Failed, ""), (code, output));
            Assert.Contains(In(file), Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Following_does_not_wait_for_ever_for_a_file_that_stays_empty()
    {
        File.WriteAllBytes(In("empty"), []);
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text) });
        var follower = new Follower(console) { Interval = TimeSpan.Zero };
        var error = await Assert.ThrowsAsync<IOException>(
            () => follower.Follow(In("empty"), new ReportOptions(), CancellationToken.None));
        Assert.Contains($"Nothing came to be in '{In("empty")}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Waiting: ", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_cannot_be_written_is_named_as_it_was_given()
    {
        using (var game = new PlayedGame(In("x.arena")))
            game.Play(seconds: 5, leaks: true);
        Directory.CreateDirectory(In("folder.html"));
        List<(string Path, string Why)> paths =
        [
            (In("none/x.html"), $"there is no folder '{In("none")}'"), (In("folder.html"), "it is a folder"),
        ];
        if (OperatingSystem.IsLinux())
            paths.Add(("/proc/x.html", "no file can be made in '/proc'"));
        foreach (var (path, why) in paths)
        {
            var (code, _, error) = await Run(In("x.arena"), "--output", path);
            Assert.Equal(ExitCode.Failed, code);
            Assert.Equal(
                $"'{path}' cannot be written: {why}; name another file by --output.", error.TrimEnd());
        }
    }

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
