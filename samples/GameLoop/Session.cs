using GameLoop.Levels;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Output;

namespace GameLoop;

/// <summary>One run of the program: runs every backend, shows and writes the results.</summary>
internal static class Session
{
    public static int Run(RunOptions options, TextWriter output, TextWriter error)
    {
        try
        {
            if (options.Levels > 0)
                return LevelSession.Run(options, output, error);
            return options.IsChild ? ChildProcess.Serve(options) : RunAll(options, output, error);
        }
        catch (Exception e) when (e is OutOfMemoryException or RunFailedException or IOException
            or InvalidDataException or UnauthorizedAccessException)
        {
            error.WriteLine(e.Message.ReplaceLineEndings(" "));
            return ExitCode.Failed;
        }
    }

    private static int RunAll(RunOptions options, TextWriter output, TextWriter error)
    {
        var screen = new Screen(output);
        // A report of the arena backend needs a capture, even if the options do not keep it.
        var needsOne = options.ReportPath is not null || options.ServePort is not null;
        var passing = needsOne && options.CapturePath is null && options.Backends.Contains(Backend.Arena)
            ? Path.GetTempFileName() : null;
        try
        {
            using var served = ServedCapture.Start(options.ServePort, options.CapturePath ?? passing, output);
            var code = RunAll(options, options.CapturePath ?? passing, screen, error);
            served?.WaitForInterrupt();
            return code;
        }
        finally
        {
            if (passing is not null)
                File.Delete(passing);
        }
    }

    private static int RunAll(RunOptions options, string? capturePath, Screen screen, TextWriter error)
    {
        if (capturePath is not null)
            screen.Capture(options, capturePath);
        var runs = screen.RunWithProgress(options);
        screen.Show(options, runs);
        if (options.JsonPath is { } path)
            OutputFile.Write(path, JsonReport.Of(runs.Select(run => run.Run)));
        if (options.ReportPath is { } reportPath)
        {
            OutputFile.Write(reportPath, capturePath is null
                ? HtmlReport.Of(options, runs)
                : HtmlReport.Of(options, runs, capturePath));
        }

        if (runs.Select(run => run.Run.Checksum).Distinct().Count() > 1)
        {
            error.WriteLine("The backends disagree about the checksum: one of them is broken.");
            return ExitCode.Failed;
        }
        return runs.Any(run => run.Run.Leaks.Count > 0) ? ExitCode.LeaksFound : ExitCode.Success;
    }
}
