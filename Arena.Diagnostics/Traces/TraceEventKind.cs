namespace Arena.Diagnostics;

/// <summary>The kind of a line of an allocation trace.</summary>
/// <example>
/// <code>
/// var frees = 0;
/// foreach (var each in trace.Events)
///     frees += each.Kind == TraceEventKind.Free ? 1 : 0;
/// </code>
/// </example>
public enum TraceEventKind : byte
{
    /// <summary><c>a</c>: an allocation.</summary>
    Allocate,

    /// <summary><c>r</c>: a live allocation changed its size.</summary>
    Reallocate,

    /// <summary><c>f</c>: a live allocation was freed.</summary>
    Free,

    /// <summary><c>m</c>: a frame ended.</summary>
    Tick,
}
