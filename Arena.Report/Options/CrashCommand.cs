using Arena.Report.Model;

namespace Arena.Report.Options;

/// <summary><c>arena-report crash FILE</c>: prints the crash file of a process.</summary>
internal static class CrashCommand
{
    public const string Word = "crash";

    /// <summary>Prints what happened.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        if (arguments is not [_, var path])
        {
            error.WriteLine("Usage: arena-report crash FILE, the CrashReportPath of a guarded arena.");
            return ExitCode.BadOption;
        }
        try
        {
            var report = GuardReport.Read(path);
            output.WriteLine($"Process {report.ProcessId}, started {report.StartedAt:u}");
            foreach (var line in report.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
                output.WriteLine(Printable.Line(line));
            return ExitCode.Success;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            error.WriteLine(Printable.Line(e.Message));
            return ExitCode.Failed;
        }
    }
}
