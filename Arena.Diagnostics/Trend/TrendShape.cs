namespace Arena.Diagnostics;

/// <summary>The simplest shape that describes the floor of the window.</summary>
/// <example>
/// <code>
/// Console.WriteLine(LeakTrend.Analyze(seconds, bytes).Shape == TrendShape.Line ? "one line" : "not one line");
/// </code>
/// </example>
public enum TrendShape
{
    /// <summary>One level.</summary>
    Constant,

    /// <summary>One straight line.</summary>
    Line,

    /// <summary>Two levels with a jump between them.</summary>
    Step,

    /// <summary>Two straight lines, with or without a jump between them.</summary>
    TwoLines,

    /// <summary>Three straight lines, as of growth that began and ended within the window.</summary>
    ThreeLines,
}
