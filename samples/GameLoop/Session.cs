using GameLoop.Levels;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Output;
using GameLoop.Racing;
using GameLoop.Rollback;
using GameLoop.Viewing;

namespace GameLoop;

/// <summary>One run of the program: runs every backend, shows and writes the results.</summary>
internal static class Session
{
    // The live page has the name of the file.
    private const string PassingCapture = "GameLoop.arena";

    public static int Run(RunOptions options, TextWriter output, TextWriter error)
    {
        try
        {
            if (options.Levels > 0)
                return LevelSession.Run(options, output, error);
            if (options.Rollback > 0)
                return RollbackSession.Run(options, output, error);
            if (options.StillPath is { } still)
                return StillSession.Run(options, still);
            if (options.Views && !Console.IsOutputRedirected)
                return ViewSession.Run(options, output);
            return options.IsChild
                ? ChildServer.Serve(options, Console.In, Console.Out) : RunAll(options, output, error);
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
        var folder = needsOne && options.CapturePath is null && options.Backends.Contains(Backend.Arena)
            ? Directory.CreateTempSubdirectory("gameloop-") : null;
        var path = folder is null ? options.CapturePath : Path.Combine(folder.FullName, PassingCapture);
        try
        {
            using var served = ServedCapture.Start(options.ServePort, path, output);
            var code = RunAll(options, path, screen, error);
            served?.WaitForInterrupt();
            return code;
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private static int RunAll(RunOptions options, string? capturePath, Screen screen, TextWriter error)
    {
        if (capturePath is not null)
            screen.Capture(options, capturePath);
        screen.Warn(Cautions.Of(options));
        if (options.Views)
            screen.Warn(["--view needs a terminal, and the output goes elsewhere; the table follows."]);
        var result = screen.Race(options);
        var runs = result.Runs;
        screen.Show(options, result);
        if (options.JsonPath is { } path)
            OutputFile.Write(path, JsonReport.Of(runs.Select(run => run.Run)));
        if (options.ReportPath is { } reportPath)
        {
            OutputFile.Write(reportPath, capturePath is null
                ? HtmlReport.Of(options, result)
                : HtmlReport.Of(options, result, capturePath));
        }

        if (runs.Select(run => run.Run.Checksum).Distinct().Count() > 1)
        {
            error.WriteLine("The backends disagree about the checksum: one of them is broken.");
            return ExitCode.Failed;
        }
        return runs.Any(run => run.Run.Leaks.Count > 0) ? ExitCode.LeaksFound : ExitCode.Success;
    }
}
