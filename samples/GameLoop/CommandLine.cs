using System.CommandLine;
using GameLoop.Options;

namespace GameLoop;

/// <summary>The way from arguments to an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">The writer of results.</param>
    /// <param name="error">The writer of errors, one line each.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var options = new OptionSet();
        options.Command.SetAction(result => Start(options.Read(result), output, error));
        // An argument that begins with @ is just that.
        var parsed = options.Command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine(parsed.Errors[0].Message.ReplaceLineEndings(" "));
            return ExitCode.BadOption;
        }
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
        });
    }

    private static int Start(RunOptions options, TextWriter output, TextWriter error)
    {
        if (OptionRules.WhyNotTogether(options) is { } why)
        {
            error.WriteLine(why);
            return ExitCode.BadOption;
        }
        return Session.Run(options, output, error);
    }
}
