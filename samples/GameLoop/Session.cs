using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Output;

namespace GameLoop;

/// <summary>One call of the program: run every backend, show and write what was measured.</summary>
internal static class Session
{
    public static int Run(RunOptions options, TextWriter output, TextWriter error)
    {
        try
        {
            return options.IsChild ? ChildProcess.Serve(options) : RunAll(options, output, error);
        }
        catch (Exception e) when (e is OutOfMemoryException or RunFailedException or IOException
            or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message.ReplaceLineEndings(" "));
            return ExitCode.Failed;
        }
    }

    private static int RunAll(RunOptions options, TextWriter output, TextWriter error)
    {
        var screen = new Screen(output);
        if (options.CapturePath is { } capturePath)
            screen.Capture(options, capturePath);
        var runs = screen.RunWithProgress(options);
        screen.Show(options, runs);
        if (options.JsonPath is { } path)
            OutputFile.Write(path, JsonReport.Of(runs.Select(run => run.Run)));
        if (options.ReportPath is { } reportPath)
            OutputFile.Write(reportPath, HtmlReport.Of(options, runs));

        if (runs.Select(run => run.Run.Checksum).Distinct().Count() > 1)
        {
            error.WriteLine("The backends disagree about the checksum: one of them is broken.");
            return ExitCode.Failed;
        }
        return runs.Any(run => run.Run.Leaks.Count > 0) ? ExitCode.LeaksFound : ExitCode.Success;
    }
}
