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

    public static byte[] Render(ReportModel model, ReportFormat format) => format switch
    {
        ReportFormat.Html => ReportPage.Of(model),
        ReportFormat.Json => JsonFormat.Of(model),
        ReportFormat.Markdown => Encoding.UTF8.GetBytes(MarkdownFormat.Of(model)),
        ReportFormat.Png => Png(model),
        ReportFormat.Pprof => PprofFormat.Of(model),
        ReportFormat.Chrome => ChromeFormat.Of(model),
        ReportFormat.Speedscope => SpeedscopeFormat.Of(model),
        ReportFormat.Text => Encoding.UTF8.GetBytes(TerminalView.AsText(TerminalView.Of(model), ColumnsOfText)),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>The same of two captures; not every format can show two.</summary>
    /// <exception cref="NotSupportedException">This one cannot; the message is one line.</exception>
    public static byte[] Render(DiffModel diff, ReportFormat format) => format switch
    {
        ReportFormat.Html => ReportPage.Of(diff),
        ReportFormat.Json => JsonFormat.Of(diff),
        ReportFormat.Markdown => Encoding.UTF8.GetBytes(MarkdownFormat.Of(diff)),
        ReportFormat.Text => Encoding.UTF8.GetBytes(TerminalView.AsText(TerminalView.Of(diff), ColumnsOfText)),
        _ => throw new NotSupportedException("--diff is written as html, json, md or text."),
    };

    /// <summary>Writes a file: a reader sees the old one or the new one, never half of either.</summary>
    public static void Write(string path, byte[] content)
    {
        var full = Path.GetFullPath(path);
        // Renaming would replace a device.
        if (!OperatingSystem.IsWindows() && full.StartsWith("/dev/", StringComparison.Ordinal))
        {
            File.WriteAllBytes(path, content);
            return;
        }
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static byte[] Png(ReportModel model)
    {
        using var picture = new MemoryStream();
        ChartPng.Write(MemoryChart.Of(model), picture);
        return picture.ToArray();
    }
}
