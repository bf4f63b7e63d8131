namespace Arena.Report.Model;

/// <param name="File">The name of the file.</param>
/// <param name="Kind"><c>capture</c> or <c>record</c>.</param>
/// <param name="Format">The version of the file's format; null if it has none.</param>
/// <param name="Started">The time at which it was begun; null if unknown.</param>
/// <param name="Seconds">The last moment in it.</param>
/// <param name="Problem">Null if it is complete; otherwise one line about the missing parts.</param>
/// <param name="From">The start of the window of the trend.</param>
/// <param name="To">The end of the window, at which the other numbers are taken, too.</param>
/// <param name="Facts">Facts about the process and the machine.</param>
internal sealed record SourceModel(
    string File,
    string Kind,
    string? Format,
    DateTimeOffset? Started,
    double Seconds,
    string? Problem,
    double From,
    double To,
    IReadOnlyDictionary<string, string> Facts);
