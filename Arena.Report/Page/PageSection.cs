namespace Arena.Report.Page;

/// <summary>A part of the page with a heading.</summary>
/// <param name="Id">Where a link within the page leads.</param>
/// <param name="Title">The heading.</param>
/// <param name="Content">Texts and elements.</param>
internal sealed record PageSection(string Id, string Title, params object?[] Content);
