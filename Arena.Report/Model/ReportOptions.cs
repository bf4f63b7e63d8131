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
        var from = MomentOf(capture, From, SteadyMark) ?? 0;
        if (At is { } at)
            return (from < at ? from : 0, at, false);
        var to = MomentOf(capture, To, ClosingMark) ?? capture.Seconds;
        if (From is not null && from > capture.Seconds)
        {
            throw new InvalidDataException(
                $"--from {From} lies behind the capture, which ends at {Units.Duration(capture.Seconds)}; give an "
                + "earlier moment.");
        }
        // A usual mark that is out of order does not count.
        if (from >= to && To is null)
            to = capture.Seconds;
        if (from >= to && From is null)
            from = 0;
        if (from >= to && (From ?? To) is not null)
        {
            throw new InvalidDataException(
                $"The window is empty: it begins at {Units.Duration(from)} and ends at {Units.Duration(to)}; give "
                + "--from a moment before that of --to.");
        }
        var endsAtMark = (To ?? ClosingMark) == ClosingMark && to == MomentOf(capture, To, ClosingMark);
        return (from, to, endsAtMark);
    }

    private static double? MomentOf(MemoryCapture capture, string? asked, string usual)
    {
        var marks = capture.Events.Where(each => each.Kind == CaptureEventKind.Mark);
        if (marks.FirstOrDefault(mark => mark.Text == (asked ?? usual)) is { } mark)
            return mark.Seconds;
        if (asked is null)
            return null;
        return double.TryParse(asked, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && double.IsFinite(seconds) ? seconds
            : throw new InvalidDataException(
                $"The capture has no mark '{asked}'; give one of "
                + string.Join(", ", marks.Select(each => $"'{each.Text}'").Append("or a number of seconds")) + ".");
    }
}
