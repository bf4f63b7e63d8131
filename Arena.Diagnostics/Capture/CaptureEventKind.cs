namespace Arena.Diagnostics;

/// <summary>The kind of an event in a capture.</summary>
/// <example>
/// <code>
/// var refused = capture.Events.Count(each =&gt; each.Kind == CaptureEventKind.InvalidFree);
/// Console.WriteLine($"{refused} bad frees");
/// </code>
/// </example>
public enum CaptureEventKind
{
    /// <summary>A moment that the game named with <see cref="CaptureWriter.Mark"/>.</summary>
    Mark = 0,

    /// <summary>A bad free was refused.</summary>
    InvalidFree = 1,

    /// <summary>An allocation failed: out of memory.</summary>
    OutOfMemory = 2,

    /// <summary>Another call was refused, such as one with a stale handle.</summary>
    Refused = 3,

    /// <summary>An allocator or arena was disposed with live allocations.</summary>
    Leak = 4,

    /// <summary>A budget was exceeded, or refused an allocation.</summary>
    Budget = 5,
}
