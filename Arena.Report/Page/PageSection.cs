namespace Arena.Report.Page;

/// <summary>A part of the page with a heading.</summary>
/// <param name="Id">The target of links within the page.</param>
/// <param name="Title">The heading.</param>
/// <param name="Content">Texts and elements.</param>
internal sealed record PageSection(string Id, string Title, params object?[] Content);
