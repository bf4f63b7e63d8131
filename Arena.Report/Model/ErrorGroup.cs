using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <summary>Errors with the same text: a program in trouble may report one every frame.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">The number of errors.</param>
/// <param name="LastSeconds">The time of the last one.</param>
internal sealed record ErrorGroup(EventModel First, int Count, double LastSeconds)
{
    /// <summary>All events but marks, in the order in which they came up.</summary>
    public static IReadOnlyList<ErrorGroup> Of(ReportModel model) =>
    [
        .. model.Events.Where(each => each.Kind != CaptureEventKind.Mark)
            .GroupBy(each => (each.Kind, each.Arena, each.Text))
            .Select(same => new ErrorGroup(same.First(), same.Count(), same.Max(each => each.Seconds))),
    ];

    /// <summary>Describes the time and the number of occurrences.</summary>
    public string When => Count == 1
        ? Units.Duration(First.Seconds)
        : $"{Units.Count(Count)} times, {Units.Duration(First.Seconds)} to {Units.Duration(LastSeconds)}";

    /// <summary>Describes the kind of error.</summary>
    public string What => First.Kind switch
    {
        CaptureEventKind.InvalidFree => "bad free, refused",
        CaptureEventKind.OutOfMemory => "no memory",
        CaptureEventKind.Leak => "left alive at dispose",
        CaptureEventKind.Budget => "budget",
        _ => "refused",
    };
}
