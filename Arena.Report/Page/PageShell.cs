using System.Text;
using System.Xml.Linq;
using Arena.Report.Elements;

namespace Arena.Report.Page;

/// <summary>A page with a finding on top, and sections that links lead to, all in one file.</summary>
internal static class PageShell
{
    /// <param name="title">The heading.</param>
    /// <param name="finding">The finding, which comes first.</param>
    /// <param name="sections">The sections after it.</param>
    /// <param name="moreStyle">Styles of sections that are not this tool's own.</param>
    public static byte[] Of(
        string title, IReadOnlyList<XElement> finding, IReadOnlyList<PageSection> sections, string moreStyle = "")
    {
        var links = sections.Select(
            section => Html.Element("a", new XAttribute("href", "#" + section.Id), section.Title));
        var html = Html.Element(
            "html",
            new XAttribute("lang", "en"),
            Html.Element(
                "head",
                Html.Element("meta", new XAttribute("charset", "utf-8")),
                Html.Element(
                    "meta",
                    new XAttribute("name", "viewport"),
                    new XAttribute("content", "width=device-width, initial-scale=1")),
                Html.Element("title", title),
                Html.Element("style", Style() + moreStyle)),
            Html.Element(
                "body",
                Html.Element(
                    "header",
                    Html.Element("h1", title),
                    finding,
                    Html.Element("nav", new XAttribute("aria-label", "Sections"), links)),
                Html.Element("main", sections.Select(Section))));
        return Encoding.UTF8.GetBytes("<!DOCTYPE html>\n" + html.ToString(SaveOptions.DisableFormatting) + "\n");
    }

    private static XElement Section(PageSection section) => Html.Element(
        "section", new XAttribute("id", section.Id), Html.Element("h2", section.Title), section.Content);

    // The style has no characters that a browser and an XML reader take differently.
    private static string Style()
    {
        using var stream = typeof(PageShell).Assembly.GetManifestResourceStream("style.css")
            ?? throw new InvalidOperationException("The style of the page is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
