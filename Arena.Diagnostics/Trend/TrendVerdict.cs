namespace Arena.Diagnostics;

/// <summary>What a series of memory readings says about a leak.</summary>
/// <example>
/// <code>
/// if (LeakTrend.Analyze(seconds, bytes).Verdict == TrendVerdict.Confirmed)
///     Console.WriteLine("it leaks");
/// </code>
/// </example>
public enum TrendVerdict
{
    /// <summary>Fewer than twelve samples: nothing can be said.</summary>
    InsufficientData,

    /// <summary>No growth was found; growth below the detectable slope would not have been seen.</summary>
    Flat,

    /// <summary>The level moved once and stays where it is: no leak.</summary>
    Step,

    /// <summary>Growth that slowed down to less than 0.4 of what it was: a cache or a warm-up.</summary>
    Decelerating,

    /// <summary>Growth that is real, but smaller than the option says anyone cares about.</summary>
    Negligible,

    /// <summary>Growth of the floor, not yet shown to keep its pace.</summary>
    Suspected,

    /// <summary>Growth of the floor that kept its pace as the window doubled: a leak.</summary>
    Confirmed,
}
