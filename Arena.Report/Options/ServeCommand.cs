using System.CommandLine;
using System.Globalization;
using Arena.Report.Live;
using Arena.Report.Model;

namespace Arena.Report.Options;

/// <summary><c>arena-report serve CAPTURE</c>: the report in a browser, while a game writes the capture.</summary>
internal static class ServeCommand
{
    private const string Port = "--port";

    public static Command Make(OptionSet options, TextWriter output, TextWriter error)
    {
        var capture = new Argument<string>("capture")
        {
            Description = "A file of CaptureWriter, ended or still growing",
        };
        var port = new Option<int>(Port)
        {
            Description = "The port of this machine that serves it [default: a free one]",
            HelpName = "PORT",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number is > 0 and <= ushort.MaxValue)
                    return number;
                result.AddError($"{Port}: '{text}' is not possible; give 1 to 65535, or leave it out for a free port");
                return 0;
            },
        };
        var command = new Command(
            "serve", "Shows a capture in a browser of this machine, while a game writes it, until Ctrl+C. "
            + ExitCode.Of("Ctrl+C ended it", "the file cannot be read or the port is not available"))
        {
            capture, port,
        };
        options.AddTo(command);
        command.SetAction((result, stop) => ServeAsync(
            result.GetRequiredValue(capture), options.ReadReport(result), result.GetValue(port), output, error, stop));
        return command;
    }

    private static async Task<int> ServeAsync(
        string capture, ReportOptions options, int port, TextWriter output, TextWriter error, CancellationToken stop)
    {
        if (OptionSet.WhyNoCapture(capture) is { } why)
        {
            await error.WriteLineAsync(why).ConfigureAwait(false);
            return ExitCode.BadOption;
        }
        try
        {
            await using var server = LiveServer.Start(capture, options, port);
            await output.WriteLineAsync($"{Printable.Line(capture)}: {server.Address} (Ctrl+C ends it)")
                .ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var _ = stop.Register(stopped.SetResult).ConfigureAwait(false);
            await stopped.Task.ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(Printable.Line(e.Message)).ConfigureAwait(false);
            return ExitCode.Failed;
        }
    }
}
