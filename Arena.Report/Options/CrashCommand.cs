using System.CommandLine;
using Arena.Report.Model;

namespace Arena.Report.Options;

/// <summary><c>arena-report crash FILE</c>: prints the crash file of a process.</summary>
internal static class CrashCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var file = new Argument<string>("file") { Description = "The CrashReportPath of a guarded arena" };
        var command = new Command("crash", "Prints what a process that crashed left in the crash file of its arena. "
            + ExitCode.Of("there was a crash file to print", "it cannot be read"))
        {
            file,
        };
        command.SetAction(result => Print(result.GetRequiredValue(file), output, error));
        return command;
    }

    private static int Print(string path, TextWriter output, TextWriter error)
    {
        try
        {
            ReportSource.CheckThatItIsAFile(path, "give the CrashReportPath of a guarded arena");
            var report = GuardReport.Read(path);
            output.WriteLine($"Process {report.ProcessId}, started {report.StartedAt:u}");
            foreach (var line in report.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
                output.WriteLine(Printable.Line(line));
            return ExitCode.Success;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException
            or ArgumentException)
        {
            error.WriteLine(Printable.Line(e.Message));
            return ExitCode.Failed;
        }
    }
}
