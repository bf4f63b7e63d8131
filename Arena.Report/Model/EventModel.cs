using Arena.Diagnostics;

namespace Arena.Report.Model;

/// <param name="Kind">The kind of event.</param>
/// <param name="Seconds">The moment.</param>
/// <param name="Arena">The arena's name; null if it concerns none.</param>
/// <param name="Frame">The frame at that moment.</param>
/// <param name="Text">The message.</param>
/// <param name="Stack">The stack that led to an error; empty for others.</param>
internal sealed record EventModel(
    CaptureEventKind Kind, double Seconds, string? Arena, long Frame, string Text, string Stack);
