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

    /// <summary>The live bytes that the program must not reach; null for the arenas' budgets.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>The budget of a frame; 60 frames a second by default.</summary>
    public double FrameSeconds { get; init; } = 1.0 / 60;

    /// <summary>Returns the moment at which the window begins.</summary>
    /// <exception cref="InvalidDataException">There is no such mark.</exception>
    public double FromSeconds(MemoryCapture capture) => MomentOf(capture, From, SteadyMark) ?? 0;

    /// <summary>
    /// Returns the moment at which the window ends, and whether a mark says that the game began to close there.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such mark.</exception>
    public (double Seconds, bool IsClosing) ToSeconds(MemoryCapture capture) =>
        MomentOf(capture, To, ClosingMark) is { } seconds
            ? (seconds, (To ?? ClosingMark) == ClosingMark)
            : (capture.Seconds, false);

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
