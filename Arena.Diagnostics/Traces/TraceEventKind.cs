namespace Arena.Diagnostics;

/// <summary>What a line of an allocation trace tells.</summary>
public enum TraceEventKind : byte
{
    /// <summary><c>a</c>: an allocation.</summary>
    Allocate,

    /// <summary><c>r</c>: a live allocation got another size.</summary>
    Reallocate,

    /// <summary><c>f</c>: a live allocation was freed.</summary>
    Free,

    /// <summary><c>m</c>: a frame ended.</summary>
    Tick,
}
