namespace Arena.Diagnostics;

/// <summary>Something that a capture tells.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Seconds">When.</param>
/// <param name="Arena">The number of its arena; -1 where it concerns none.</param>
/// <param name="Frame">The frame that was under way there.</param>
/// <param name="Text">The message of the error, or the mark.</param>
/// <param name="Stack">The stack that led to an error; empty for others.</param>
public sealed record CaptureEvent(
    CaptureEventKind Kind, double Seconds, int Arena, long Frame, string Text, string Stack)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => FormattableString.Invariant($"{Seconds:F3} s: {Text}");
}
