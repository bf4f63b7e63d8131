using System.Text;
using Arena.Report.Charts;
using Arena.Report.Model;
using Arena.Report.Page;
using Arena.Report.Terminal;

namespace Arena.Report.Formats;

/// <summary>A report as the bytes of a file.</summary>
internal static class ReportFile
{
    private const int ColumnsOfText = 120;

    /// <summary>Renders a report.</summary>
    /// <exception cref="NotSupportedException">
    /// The capture lacks what this format shows; the message is one line.
    /// </exception>
    public static byte[] Render(ReportModel model, ReportFormat format) => format switch
    {
        ReportFormat.Html => ReportPage.Of(model),
        ReportFormat.Json => JsonFormat.Of(model),
        ReportFormat.Markdown => Encoding.UTF8.GetBytes(MarkdownFormat.Of(model)),
        ReportFormat.Png => Png(model),
        ReportFormat.Svg => MapStill.Of(model),
        ReportFormat.Pprof => PprofFormat.Of(model),
        ReportFormat.Chrome => ChromeFormat.Of(model),
        ReportFormat.Speedscope => SpeedscopeFormat.Of(model),
        ReportFormat.Text => Encoding.UTF8.GetBytes(TerminalView.AsText(TerminalView.Of(model), ColumnsOfText)),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>Renders a comparison of two captures; not every format supports it.</summary>
    /// <exception cref="NotSupportedException">This format does not support it; the message is one line.</exception>
    public static byte[] Render(DiffModel diff, ReportFormat format) => format switch
    {
        ReportFormat.Html => ReportPage.Of(diff),
        ReportFormat.Json => JsonFormat.Of(diff),
        ReportFormat.Markdown => Encoding.UTF8.GetBytes(MarkdownFormat.Of(diff)),
        ReportFormat.Text => Encoding.UTF8.GetBytes(TerminalView.AsText(TerminalView.Of(diff), ColumnsOfText)),
        _ => throw new NotSupportedException("--diff is written as html, json, md or text."),
    };

    /// <summary>Writes a file: a reader sees the old one or the new one, never half of either.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="content">The file's bytes.</param>
    /// <param name="replaces">True to replace an existing file.</param>
    /// <exception cref="IOException">
    /// The file exists and may not be replaced, or the path cannot be written.
    /// </exception>
    public static void Write(string path, byte[] content, bool replaces)
    {
        var full = Path.GetFullPath(path);
        if (IsDevice(full))
        {
            File.WriteAllBytes(path, content);
            return;
        }
        try
        {
            Replace(full, content, replaces);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system's message names the temporary file.
            var why = File.Exists(full) && !replaces
                ? "a file of that name exists" : WhyNot(full, TemporaryOf(full), e);
            throw new IOException($"'{path}' cannot be written: {why}; name another file by --output.", e);
        }
    }

    private static void Replace(string full, byte[] content, bool replaces)
    {
        var temporary = TemporaryOf(full);
        using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
        {
            try
            {
                file.Write(content);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        try
        {
            File.Move(temporary, full, replaces);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static string TemporaryOf(string full) => $"{full}.{Environment.ProcessId}.tmp";

    /// <summary>Says why a file cannot be written, without its temporary file, which the user does not know.</summary>
    /// <param name="full">The file's full path.</param>
    /// <param name="temporary">The full path of the file that was written in its place.</param>
    /// <param name="e">The exception of writing it.</param>
    public static string WhyNot(string full, string temporary, Exception e)
    {
        var folder = Path.GetDirectoryName(full);
        return e switch
        {
            _ when !Directory.Exists(folder) => $"there is no folder '{folder}'",
            _ when Directory.Exists(full) => "it is a folder",
            UnauthorizedAccessException => $"access to the folder '{folder}' is denied",
            FileNotFoundException => $"no file can be made in '{folder}'",
            _ => e.Message.Replace(temporary, full, StringComparison.Ordinal).TrimEnd('.'),
        };
    }

    // Returns whether the path is a device, which renaming would replace. Files in /dev/shm are ordinary files.
    private static bool IsDevice(string full) => !OperatingSystem.IsWindows()
        && full.StartsWith("/dev/", StringComparison.Ordinal)
        && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);

    private static byte[] Png(ReportModel model)
    {
        using var picture = new MemoryStream();
        ChartPng.Write(MemoryChart.Of(model), picture);
        return picture.ToArray();
    }
}
