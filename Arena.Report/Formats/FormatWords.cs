namespace Arena.Report.Formats;

/// <summary>Formats as the command line spells them, and the endings of their files.</summary>
internal static class FormatWords
{
    private static readonly (ReportFormat Format, string Word, string[] Endings)[] All =
    [
        // Longer endings before those that they end with.
        (ReportFormat.Speedscope, "speedscope", [".speedscope.json"]),
        (ReportFormat.Chrome, "chrome", [".trace.json"]),
        (ReportFormat.Json, "json", [".json"]),
        (ReportFormat.Html, "html", [".html", ".htm"]),
        (ReportFormat.Markdown, "md", [".md"]),
        (ReportFormat.Png, "png", [".png"]),
        (ReportFormat.Svg, "svg", [".svg"]),
        (ReportFormat.Pprof, "pprof", [".pb.gz", ".pprof"]),
        (ReportFormat.Text, "text", [".txt"]),
    ];

    public static string Choices => string.Join(", ", All.Select(each => each.Word));

    public static string Endings => string.Join(", ", All.SelectMany(each => each.Endings));

    /// <summary>Parses a format; null if there is no such format.</summary>
    public static ReportFormat? Parse(string word) =>
        All.Where(each => each.Word == word).Select(each => (ReportFormat?)each.Format).FirstOrDefault();

    /// <summary>Returns the format of a file by its ending; null if the ending is unknown.</summary>
    public static ReportFormat? OfFile(string path) =>
        All.Where(each => each.Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            .Select(each => (ReportFormat?)each.Format)
            .FirstOrDefault();

    extension(ReportFormat format)
    {
        public string Ending => All.First(each => each.Format == format).Endings[0];
    }
}
