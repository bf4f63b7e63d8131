namespace Arena.Diagnostics;

/// <summary>An event in a capture.</summary>
/// <param name="Kind">The kind of event.</param>
/// <param name="Seconds">The moment.</param>
/// <param name="Arena">The number of its arena; -1 if it concerns none.</param>
/// <param name="Frame">The arena's frame at that moment.</param>
/// <param name="Text">The message of the error, or the mark.</param>
/// <param name="Stack">The stack that led to an error; empty for other events.</param>
/// <example>
/// <code>
/// foreach (CaptureEvent each in capture.Events)
///     Console.WriteLine(each);
/// </code>
/// </example>
public sealed record CaptureEvent(
    CaptureEventKind Kind, double Seconds, int Arena, long Frame, string Text, string Stack)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => FormattableString.Invariant($"{Seconds:F3} s: {Text}");
}
