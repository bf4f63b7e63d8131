using Spectre.Console;

namespace GameLoop.Output;

/// <summary>Makes consoles for tables of many columns.</summary>
internal static class WideConsole
{
    private const int LeastWidthOfFiles = 120;

    /// <summary>
    /// Makes a console on a writer. A file or a pipe has no width of its own, and the usual 80 columns cut headings.
    /// </summary>
    public static IAnsiConsole On(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = Math.Max(console.Profile.Width, LeastWidthOfFiles);
        return console;
    }
}
