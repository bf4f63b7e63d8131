namespace Arena.Diagnostics;

/// <summary>The verdict on a series of memory readings.</summary>
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

    /// <summary>No growth was found; growth below the detectable slope would not have been found.</summary>
    Flat,

    /// <summary>The level moved once and stays where it is: no leak.</summary>
    Step,

    /// <summary>Growth that slowed down to less than 0.4 of its earlier pace: a cache or a warm-up.</summary>
    Decelerating,

    /// <summary>Growth that is real, but below the option's limit of negligible growth.</summary>
    Negligible,

    /// <summary>Growth of the floor that has not been shown to keep its pace.</summary>
    Suspected,

    /// <summary>Growth of the floor that kept its pace as the window doubled: a leak.</summary>
    Confirmed,
}
