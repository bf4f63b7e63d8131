using Arena.Report.Formats;
using Arena.Report.Model;

namespace Arena.Report.Options;

/// <summary>What the command line asks for.</summary>
/// <param name="Capture">The file to report of; null for a comparison.</param>
/// <param name="Diff">The two files to compare; null for a report.</param>
/// <param name="Output">Where to write; null beside the capture, or for text and comparisons on the screen.</param>
/// <param name="Format">As what; null by the file's ending.</param>
/// <param name="Follows">Show the capture on the screen while it grows.</param>
/// <param name="Report">What a person decides about the report.</param>
internal sealed record RunOptions(
    string? Capture, string[]? Diff, string? Output, ReportFormat? Format, bool Follows, ReportOptions Report);
