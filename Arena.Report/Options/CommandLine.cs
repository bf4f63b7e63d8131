using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using Arena.Report.Formats;
using Arena.Report.Model;
using Arena.Report.Terminal;
using Spectre.Console;

namespace Arena.Report.Options;

/// <summary>Runs the tool, from arguments to an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">The writer of results.</param>
    /// <param name="error">The writer of errors, one line each.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var options = new OptionSet();
        Command[] verbs = [ServeCommand.Make(options, output, error), CrashCommand.Make(output, error)];
        // The arguments of a report are none of a verb's, and are not in its help.
        var command = arguments is [var first, ..] && verbs.Any(verb => verb.Name == first)
            ? new Command(OptionSet.ToolName) { new HelpOption() } : options.Command;
        foreach (var verb in verbs)
            command.Subcommands.Add(verb);
        options.Command.SetAction((result, stop) => Start(options.Read(result), output, error, stop));
        // An argument that begins with @ has no special meaning.
        var parsed = command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync(Printable.Line(parsed.Errors[0].Message)).ConfigureAwait(false);
            return ExitCode.BadOption;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
        }).ConfigureAwait(false);
    }

    private static async Task<int> Start(
        RunOptions options, TextWriter output, TextWriter error, CancellationToken stop)
    {
        if (OptionSet.WhyNotTogether(options) is { } why)
        {
            await error.WriteLineAsync(Printable.Line(why)).ConfigureAwait(false);
            return ExitCode.BadOption;
        }
        try
        {
            if (options.Follows)
            {
                var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
                await new Follower(console).Follow(options.Capture ?? "", options.Report, stop).ConfigureAwait(false);
            }
            else if (options.Diff is { } pair)
            {
                Compare(pair, options, output);
            }
            else
            {
                Report(options.Capture ?? "", options, output);
            }
            return ExitCode.Success;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException
            or NotSupportedException or DllNotFoundException)
        {
            await error.WriteLineAsync(Printable.Line(e.Message)).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }

    private static void Report(string capture, RunOptions options, TextWriter output)
    {
        var format = FormatOf(options, ReportFormat.Html);
        var path = options.Output ?? (format == ReportFormat.Text ? null : Beside(capture, format));
        ReportSource.CheckThatItIsAFile(capture);
        // This is checked before anything is read, because reading takes a while.
        if (options.Output is null && path is not null && (File.Exists(path) || Directory.Exists(path)))
            throw new IOException($"'{path}' exists; to replace it, or to write elsewhere, name a file by --output.");
        var model = ReportSource.Read(capture, options.Report);
        if (model.Source.Problem is { } problem)
            output.WriteLine($"The file is not complete: {Printable.Line(problem)}");
        Put(ReportFile.Render(model, format), path, replaces: options.Output is not null, output);
        if (path is not null)
            output.WriteLine(Printable.Line(model.Verdict.Sentence));
    }

    private static void Compare(string[] pair, RunOptions options, TextWriter output)
    {
        var diff = DiffModel.Of(
            ReportSource.Read(pair[0], options.Report), ReportSource.Read(pair[1], options.Report));
        Put(ReportFile.Render(diff, FormatOf(options, ReportFormat.Text)), options.Output, replaces: true, output);
    }

    private static ReportFormat FormatOf(RunOptions options, ReportFormat usual) =>
        options.Format ?? (options.Output is { } path ? FormatWords.OfFile(path) : null) ?? usual;

    private static string Beside(string capture, ReportFormat format)
    {
        var path = Path.ChangeExtension(capture, null) + format.Ending;
        return path == capture ? capture + format.Ending : path;
    }

    private static void Put(byte[] content, string? path, bool replaces, TextWriter output)
    {
        if (path is null)
        {
            output.Write(Encoding.UTF8.GetString(content));
            return;
        }
        ReportFile.Write(path, content, replaces);
        output.WriteLine($"{Printable.Line(path)}: {Units.Bytes(content.Length)}");
    }
}
