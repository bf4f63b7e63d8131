namespace Arena.Report.Formats;

/// <summary>What a report can be written as.</summary>
internal enum ReportFormat
{
    Html,
    Json,
    Markdown,
    Png,
    Pprof,
    Chrome,
    Speedscope,
    Text,
}
