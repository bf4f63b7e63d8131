namespace Arena.Report.Formats;

/// <summary>The formats of a report.</summary>
internal enum ReportFormat
{
    Html,
    Json,
    Markdown,
    Png,
    Svg,
    Pprof,
    Chrome,
    Speedscope,
    Text,
}
