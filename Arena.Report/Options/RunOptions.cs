using Arena.Report.Formats;
using Arena.Report.Model;

namespace Arena.Report.Options;

/// <summary>The parsed command line.</summary>
/// <param name="Capture">The file to report on; null for a comparison.</param>
/// <param name="Diff">The two files to compare; null for a report.</param>
/// <param name="Output">
/// The file to write; null for one beside the capture, or the screen for text and comparisons.
/// </param>
/// <param name="Format">The format; null for the file's ending.</param>
/// <param name="Follows">True to show the capture on the screen while it grows.</param>
/// <param name="Report">The options of the report.</param>
internal sealed record RunOptions(
    string? Capture, string[]? Diff, string? Output, ReportFormat? Format, bool Follows, ReportOptions Report);
