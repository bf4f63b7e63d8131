using System.Globalization;
using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>The options of a report.</summary>
internal sealed record ReportOptions
{
    /// <summary>The mark of the moment when a game has warmed up: the window of the trend begins there.</summary>
    public const string SteadyMark = "steady";

    /// <summary>
    /// The mark before a game closes. The window ends there, and allocations that are left after it were forgotten.
    /// </summary>
    public const string ClosingMark = "closing";

    /// <summary>A mark or a number of seconds; null for <see cref="SteadyMark"/> if there is one.</summary>
    public string? From { get; init; }

    /// <summary>A mark or a number of seconds; null for <see cref="ClosingMark"/> if there is one.</summary>
    public string? To { get; init; }

    /// <summary>
    /// The moment in seconds that the report is as of; null for the end of the window. Later maps and events are left
    /// out.
    /// </summary>
    public double? At { get; init; }

    /// <summary>The live bytes that the program must not reach; null for the arenas' budgets.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>The budget of a frame; 60 frames a second by default.</summary>
    public double FrameSeconds { get; init; } = 1.0 / 60;

    /// <summary>Returns the window, and whether a mark says that the game began to close at its end.</summary>
    /// <exception cref="InvalidDataException">There is no such mark, or nothing of the capture is inside.</exception>
    public (double From, double To, bool EndsAtClosing) Window(MemoryCapture capture)
    {
        var from = MomentOf(capture, "--from", From, SteadyMark) ?? 0;
        var closing = ClosingAfter(capture, from);
        var to = At ?? (To is null ? null : MomentOf(capture, "--to", To, ClosingMark)) ?? capture.Seconds;
        // What the game frees while it closes is no trend, whatever moment was asked for.
        var endsAtClosing = closing <= to;
        to = Math.Min(to, closing ?? to);
        if (At is not null)
            return (from < to ? from : 0, to, endsAtClosing);
        if (From is not null && from > capture.Seconds)
        {
            throw new InvalidDataException(
                $"--from {From} lies behind the capture, which ends at {Units.Duration(capture.Seconds)}; give an "
                + "earlier moment.");
        }
        // A usual mark that is out of order does not count.
        if (from >= to && From is null)
            from = 0;
        if (from >= to && (From ?? To) is not null)
        {
            throw new InvalidDataException(
                $"The window is empty: it begins at {Units.Duration(from)} and ends at {Units.Duration(to)}; give "
                + "--from a moment before that of --to.");
        }
        return (from, to, endsAtClosing);
    }

    // Returns the moment at which the game began to close; null if it did not, or before a usual beginning.
    private double? ClosingAfter(MemoryCapture capture, double from)
    {
        var closings = Marks(capture).Where(mark => mark.Text == ClosingMark).ToArray();
        var after = closings.Where(mark => mark.Seconds > from).Select(mark => (double?)mark.Seconds).FirstOrDefault();
        return after is not null || closings.Length == 0 || From is null ? after
            : throw new InvalidDataException(
                $"--from {From} lies behind the mark '{ClosingMark}' at {Units.Duration(closings[^1].Seconds)}, from "
                + "which on the game frees everything; give an earlier moment.");
    }

    private static IEnumerable<CaptureEvent> Marks(MemoryCapture capture) =>
        capture.Events.Where(each => each.Kind == CaptureEventKind.Mark);

    private static double? MomentOf(MemoryCapture capture, string option, string? asked, string usual)
    {
        var marks = Marks(capture);
        if (marks.FirstOrDefault(mark => mark.Text == (asked ?? usual)) is { } mark)
            return mark.Seconds;
        if (asked is null)
            return null;
        if (!double.TryParse(asked, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || !double.IsFinite(seconds))
        {
            throw new InvalidDataException(
                $"The capture has no mark '{asked}'; give one of "
                + string.Join(", ", marks.Select(each => $"'{each.Text}'").Append("or a number of seconds")) + ".");
        }
        return seconds >= 0 ? seconds
            : throw new InvalidDataException(
                $"{option} {asked} lies before the capture, which begins at 0 s; give a mark, or seconds from 0 on.");
    }
}
