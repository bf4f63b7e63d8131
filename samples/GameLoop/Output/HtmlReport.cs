using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Xml.Linq;
using Arena.Diagnostics;
using Arena.Report.Elements;
using Arena.Report.Model;
using Arena.Report.Page;
using GameLoop.Measurement;
using GameLoop.Options;
using GameLoop.Racing;

namespace GameLoop.Output;

/// <summary>
/// The result as one page that needs nothing else: no network, no script. It is well-formed XML too. If the arena
/// backend was captured, the page is the report of its memory, with the measurements of all backends as a section.
/// </summary>
internal static class HtmlReport
{
    private const string Title = "GameLoop: frame times and memory";

    // Neither < nor &: a browser takes the text of a style literally, an XML reader does not.
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --faint: #6a737d; --line: #d5d9de; --bar: #2563a8;
          --limit: #b3471d; --paper: #fff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e3e6ea; --faint: #98a1ab; --line: #3a4149; --bar: #6cacee;
          --limit: #f0945f; --paper: #16191d; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 54rem;
          margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .2rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
        th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } figure { margin: 1rem 0; }
        svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--faint); }
        .bars { stroke: var(--bar); stroke-width: 2; stroke-linecap: square; fill: none; }
        .grid { stroke: var(--line); } .limit { stroke: var(--limit); stroke-dasharray: 4 3; }
        .note { color: var(--faint); }
        """;

    // The styles of a frame strip in a page that already has the others.
    private const string StyleOfSection = """
        .game svg text { font-size: 11px; fill: var(--faint); } .game svg { width: 100%; height: auto; }
        .game .bars { stroke: var(--live); stroke-width: 2; stroke-linecap: square; fill: none; }
        .game .grid { stroke: var(--line); } .game .limit { stroke: var(--limit); stroke-dasharray: 4 3; }
        .game th:first-child, .game td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere;
          min-width: 9rem; }
        @media (max-width: 640px) { .game svg text { font-size: 22px; }
          .game td { white-space: normal; overflow-wrap: anywhere; min-width: 4.8rem; }
          .game th:first-child, .game td:first-child { min-width: 6rem; } }
        """;

    /// <summary>
    /// Renders the report of a captured run of the arena backend, with the measurements of all backends.
    /// </summary>
    /// <exception cref="InvalidDataException">The capture holds nothing.</exception>
    public static byte[] Of(RunOptions options, RaceResult result, string capturePath)
    {
        var model = ReportSource.Of(MemoryCapture.Read(capturePath), "GameLoop", new ReportOptions());
        var section = new PageSection(
            "backends",
            "The same game on each backend",
            Html.Element(
                "div", Html.Class("game"), Content(options, result, "h3", isCaptured: true).Select(Scrolling)));
        return ReportPage.Of(model, [section], StyleOfSection);
    }

    public static byte[] Of(RunOptions options, RaceResult result) =>
        Encoding.UTF8.GetBytes(new XDocument(
            new XDocumentType("html", null, null, null),
            new XElement("html", new XAttribute("lang", "en"), Head(), Body(options, result))).ToString());

    private static XElement Head() => new(
        "head",
        new XElement("meta", new XAttribute("charset", "utf-8")),
        new XElement(
            "meta",
            new XAttribute("name", "viewport"),
            new XAttribute("content", "width=device-width, initial-scale=1")),
        new XElement("title", Title),
        new XElement("style", Style));

    private static XElement Body(RunOptions options, RaceResult result) =>
        new("body", new XElement("h1", Title), Content(options, result, "h2", isCaptured: false));

    private static IEnumerable<XElement> Content(
        RunOptions options, RaceResult result, string headingName, bool isCaptured)
    {
        var runs = result.Runs;
        string[] names = ["", .. runs.Select(run => run.Run.Backend)];
        var scale = new FrameStripScale(runs);
        return
        [
            new XElement("p", Settings(options)),
            new XElement("p", new XAttribute("class", "note"), Machine()),
            .. Cautions.Of(options).Select(static caution => new XElement("p", $"Caution: {caution}")),
            Table(names, ResultTable.Rows(runs)),
            .. Verdict.Of(runs).Select(static sentence => new XElement("p", sentence)),
            .. result.Churn.Count == 0 ? (XElement[])[] :
            [
                new XElement(headingName, "Churn: nanoseconds for one operation"),
                Table(names, ChurnTable.Rows(result)),
            ],
            new XElement(headingName, "Frame times"),
            .. runs.Select(run => FrameStrip.Of(run, scale)),
            new XElement("p", new XAttribute("class", "note"), FrameStrip.Legend),
            new XElement(headingName, "Leaks"),
            .. runs.SelectMany(run => Leaks(run.Run)),
            .. isCaptured && runs.Any(run => run.Run.Leaks.Count > 0) ? (XElement[])
            [
                new XElement(
                    "p", new XAttribute("class", "note"),
                    "The memory above is of another run of the arena backend, which is tracked and plays other frames, "
                    + "so it forgot another number of allocations."),
            ] : [],
            .. runs.All(run => run.Run.Leaks.Count == 0) ? (XElement[])[new XElement("p", "None.")] : [],
            new XElement(headingName, "Notes"),
            new XElement("p", new XAttribute("class", "note"), string.Join(' ', Notes.Of(options, runs))),
        ];
    }

    // A wide table scrolls by finger or by keys.
    private static XElement Scrolling(XElement element) => element.Name == "table"
        ? new XElement("div", new XAttribute("class", "scroll"), new XAttribute("tabindex", "0"), element)
        : element;

    private static string Settings(RunOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"{options.Frames} frames, {options.Entities} entities, {options.Sectors} "
        + $"{(options.Sectors == 1 ? "sector" : "sectors")}, seed {options.Seed}, leak rate {options.LeakRate:R}");

    private static string Machine() =>
        $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, "
        + $"{RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors";

    private static IEnumerable<XElement> Leaks(BackendRun run)
    {
        if (Notes.OnLeaks(run) is not { } heading)
            yield break;
        yield return new XElement("p", heading);
        if (run.Leaks.Sites.Count > 0)
        {
            yield return Table(
                ["file", "line", "allocations", "size"],
                run.Leaks.Sites.Select(
                    site => new[]
                    {
                        Path.GetFileName(site.File), Text(site.Line), Units.Count(site.Count), Units.Bytes(site.Bytes),
                    }));
        }
    }

    private static XElement Table(IEnumerable<string> names, IEnumerable<IEnumerable<string>> rows) => new(
        "table",
        new XElement("tr", names.Select(name => new XElement("th", name))),
        rows.Select(row => new XElement("tr", row.Select(cell => new XElement("td", cell)))));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
