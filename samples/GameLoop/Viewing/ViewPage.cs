using System.Globalization;
using GameLoop.Measurement;
using GameLoop.Rules;

namespace GameLoop.Viewing;

/// <summary>One picture of the running game as lines of text: the world, the race, the memory.</summary>
/// <remarks>
/// <code>
///   GameLoop  100,000 entities  frame 1,204  (q or Ctrl+C ends it)
///   the world, in braille: as many lines as are left
///   arena     4.91 ms  longest   7.20  ▂▂▂▃▂▂
///   gc        6.60 ms  longest  31.00  ▃▃▅▃█▃
///   ships     2.1 MiB  ████▌               ...
///   heap map  ▇▇▇█▆▇▇▇
/// </code>
/// </remarks>
internal static class ViewPage
{
    /// <summary>The least that makes sense, and what is assumed where a terminal does not say its size.</summary>
    public const int UsualColumns = 80;
    public const int UsualRows = 24;

    private const int FewestColumns = 40;
    private const int FewestWorldRows = 3;
    private const int LabelColumns = 36;
    private const int FewestUseColumns = 30;
    private const double BytesPerMebibyte = 1 << 20;
    private const double WholePercent = 100;

    /// <summary>Returns the lines: as long as the columns at most, and as many as the rows if those suffice.</summary>
    public static IReadOnlyList<string> Of(
        string title, WorldLook look, IReadOnlyList<Lane> lanes, int columns, int rows, bool hasColours)
    {
        columns = Math.Max(columns, FewestColumns);
        string[] below = [.. Race(lanes, columns), .. Memory(look, columns)];
        var world = World(look, columns, Math.Max(FewestWorldRows, rows - 1 - below.Length));
        var heading = string.Create(
            CultureInfo.InvariantCulture, $"{title}  frame {look.Frame:N0}  (q or Ctrl+C ends it)");
        return [Cut(heading, columns), .. world.Lines(hasColours), .. below];
    }

    private static BrailleCanvas World(WorldLook look, int columns, int rows)
    {
        var canvas = new BrailleCanvas(columns, rows);
        for (var i = 0; i + 2 < look.Dots.Count; i += 3)
        {
            canvas.Set(
                (int)((look.Dots[i] + Picture.HalfWidth) * canvas.Width / (2 * Picture.HalfWidth)),
                (int)((look.Dots[i + 1] + Picture.HalfHeight) * canvas.Height / (2 * Picture.HalfHeight)),
                look.Dots[i + 2]);
        }
        return canvas;
    }

    private static IEnumerable<string> Race(IReadOnlyList<Lane> lanes, int columns)
    {
        var room = columns - LabelColumns;
        var largest = lanes.SelectMany(lane => lane.Turns.TakeLast(room)).DefaultIfEmpty(1).Max();
        return lanes.Select(lane => Cut(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{lane.Name,-9} {lane.Median,6:0.00} ms  longest {lane.Longest,7:0.00}  "
                + $"{Bars.Columns(lane.Turns.TakeLast(room), largest)}"),
            columns));
    }

    private static IEnumerable<string> Memory(WorldLook look, int columns)
    {
        var uses = look.Memory.Uses;
        if (uses.Count == 0)
            yield break;
        var largest = uses.Max(static use => use.Bytes);
        // Two beside each other where there is room: a terminal is wider than high.
        var count = columns / FewestUseColumns >= 2 ? 2 : 1;
        var each = columns / count;
        foreach (var row in uses.Chunk(count))
        {
            var cells = row.Select(use => Use(use.Tag, use.Bytes, largest, each).PadRight(each));
            yield return string.Concat(cells).TrimEnd();
        }
        const string heading = "heap map  ";
        var pieces = Bars.Fit(look.Memory.HeapMap, columns - heading.Length);
        yield return heading + Bars.Columns(pieces, WholePercent);
    }

    private static string Use(string tag, long bytes, long largest, int columns)
    {
        var label = string.Create(CultureInfo.InvariantCulture, $"{tag,-9} {bytes / BytesPerMebibyte,6:0.0} MiB ");
        return label + Bars.Row(bytes, largest, Math.Max(1, columns - label.Length - 1));
    }

    private static string Cut(string text, int columns) => text.Length <= columns ? text : text[..columns];
}
