namespace Arena.Report.Model;

/// <param name="Site">The site's name.</param>
/// <param name="Tag">The site's tag.</param>
/// <param name="Count">The change of live allocations.</param>
/// <param name="Bytes">The change of live bytes.</param>
internal sealed record ChangeRow(string Site, string? Tag, long Count, long Bytes);
