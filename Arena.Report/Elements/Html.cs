using System.Text.RegularExpressions;
using System.Xml.Linq;
using Arena.Report.Model;

namespace Arena.Report.Elements;

/// <summary>
/// Makes elements of a page. The XML writer encodes every text, so nothing in a capture can become markup. Characters
/// that no document may contain are replaced.
/// </summary>
internal static partial class Html
{
    private const string Minus = "\u2212";

    /// <summary>Makes an element with texts, elements and attributes in it.</summary>
    public static XElement Element(string name, params object?[] content) => new(name, content.Select(Part));

    public static XAttribute Class(string name) => new("class", name);

    public static XElement Paragraph(params object?[] content) => Element("p", content);

    /// <summary>Makes a paragraph in a fainter colour.</summary>
    public static XElement Note(string text) => Element("p", Class("note"), text);

    /// <summary>Makes a part that a click or a key opens, without a script.</summary>
    public static XElement Details(string summary, params object?[] content) =>
        Element("details", [Element("summary", summary), .. content]);

    // An empty element would be written as <td />, which a browser takes for an open one.
    private static object? Part(object? part) => part switch
    {
        null => null,
        string text => new XText(NegativeSize().Replace(Printable.Lines(text), Minus)),
        IEnumerable<object> parts => parts.Select(Part),
        _ => part,
    };

    // The sign of a number of bytes: a hyphen anywhere else is one, as in a name.
    [GeneratedRegex(@"(?<![\w.-])-(?=[\d.,]+(E[+-]?\d+)? ([KMGTPE]i)?B\b)", RegexOptions.CultureInvariant)]
    private static partial Regex NegativeSize();
}
