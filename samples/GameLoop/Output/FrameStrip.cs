using System.Globalization;
using System.Xml.Linq;
using GameLoop.Measurement;

namespace GameLoop.Output;

/// <summary>A backend's frames in their order, as an SVG picture.</summary>
internal static class FrameStrip
{
    public const string Legend =
        "Each bar spans the shortest to the longest of its frames, in their order, on a logarithmic scale of "
        + "milliseconds that all backends share. The dashed line, where it is in range, is 16.67 ms: 60 frames a "
        + "second.";

    // Room for the longest label where a narrow page doubles its size.
    private const int Left = 84;
    private const int Margin = 10;
    private const int Above = 16;
    private const int MaximumBars = 240;
    private const int BarDistance = 3;
    private const int Right = Left + MaximumBars * BarDistance;

    public static XElement Of(MeasuredRun run, FrameStripScale scale)
    {
        var times = run.Run.FrameMs;
        var caption = string.Create(
            CultureInfo.InvariantCulture,
            $"{run.Run.Backend}: median {times.P50:N2} ms, longest {times.Max:N2} ms");
        return new XElement(
            "figure",
            new XElement("figcaption", caption),
            new XElement(
                "svg",
                new XAttribute("viewBox", $"0 {-Above} {Right + Margin} {FrameStripScale.Height + 2 * Above}"),
                new XAttribute("role", "img"),
                new XAttribute("aria-label", $"Frame times of {caption}"),
                scale.Decades.Select(decade => Decade(decade, scale.Y(decade))),
                new XElement(
                    "path", new XAttribute("class", "bars"), new XAttribute("d", Bars(run.FrameNanoseconds, scale))),
                scale.Covers(FrameHistogram.BudgetMilliseconds)
                    ? Line("limit", scale.Y(FrameHistogram.BudgetMilliseconds))
                    : null));
    }

    private static string Bars(long[] frameNanoseconds, FrameStripScale scale)
    {
        var count = Math.Min(MaximumBars, frameNanoseconds.Length);
        return string.Join(' ', Enumerable.Range(0, count).Select(bar =>
        {
            var from = (int)((long)frameNanoseconds.Length * bar / count);
            var to = (int)((long)frameNanoseconds.Length * (bar + 1) / count);
            var frames = frameNanoseconds.AsSpan(from, to - from).ToArray();
            var x = Left + (2 * bar + 1) * (Right - Left) / (2.0 * count);
            var low = scale.Y(FrameStripScale.Milliseconds(frames.Min()));
            var high = scale.Y(FrameStripScale.Milliseconds(frames.Max()));
            return string.Create(CultureInfo.InvariantCulture, $"M{x:0.#} {low:0.#}V{high:0.#}");
        }));
    }

    private static XElement[] Decade(double milliseconds, double y) =>
    [
        Line("grid", y),
        new XElement(
            "text",
            new XAttribute("x", Left - Margin),
            new XAttribute("y", Number(y + 4)),
            new XAttribute("text-anchor", "end"),
            string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.######}")),
    ];

    private static XElement Line(string name, double y) => new(
        "line",
        new XAttribute("class", name),
        new XAttribute("x1", Left),
        new XAttribute("x2", Right),
        new XAttribute("y1", Number(y)),
        new XAttribute("y2", Number(y)));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
