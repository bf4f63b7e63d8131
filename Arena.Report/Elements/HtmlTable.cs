using System.Xml.Linq;
using Arena.Report.Model;

namespace Arena.Report.Elements;

/// <summary>
/// A table of a page, in a frame that scrolls sideways by finger or by keys if the table is too wide.
/// </summary>
internal sealed class HtmlTable(string caption, params string[] columns)
{
    // Columns of words, as opposed to numbers, say so by this sign before their name.
    private const char OfWords = '<';

    private readonly List<XElement> _rows = [];

    public bool IsEmpty => _rows.Count == 0;

    /// <summary>Adds a row: a text, a number as text, an element each.</summary>
    public HtmlTable Add(params object?[] cells)
    {
        _rows.Add(Html.Element("tr", cells.Select((cell, i) => IsOfWords(i)
            ? Html.Element(i == 0 ? "th" : "td", Html.Class("words"), i == 0 ? new XAttribute("scope", "row") : null,
                cell ?? "")
            : Html.Element("td", cell ?? "")).ToArray<object?>()));
        return this;
    }

    public XElement ToElement() => Html.Element(
        "div",
        Html.Class("scroll"),
        new XAttribute("tabindex", "0"),
        new XAttribute("role", "region"),
        new XAttribute("aria-label", Printable.Line(caption)),
        Html.Element(
            "table",
            HasNoHeadings ? null : Html.Element("thead", Html.Element("tr", columns.Select((column, i) => Html.Element(
                "th",
                new XAttribute("scope", "col"),
                IsOfWords(i) ? Html.Class("words") : null,
                column.TrimStart(OfWords))).ToArray<object?>())),
            Html.Element("tbody", _rows.ToArray<object?>())));

    // A table of names and their values needs none: its rows have headings.
    private bool HasNoHeadings => columns.All(column => column.TrimStart(OfWords).Length == 0);

    private bool IsOfWords(int column) => columns[column].StartsWith(OfWords);
}
