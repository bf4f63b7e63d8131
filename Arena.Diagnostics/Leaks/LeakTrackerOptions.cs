namespace Arena.Diagnostics;

/// <summary>The options of a <see cref="LeakTracker"/>.</summary>
/// <example>
/// <code>
/// var options = new LeakTrackerOptions { SampleBytes = 512 &lt;&lt; 10 };     // cheap enough to stay on
/// using var tracker = LeakTracker.Attach(arena, options);
/// </code>
/// </example>
public sealed record LeakTrackerOptions
{
    /// <summary>
    /// The mean distance in bytes from one sampling point to the next; 0 (the default) tracks every allocation. A
    /// sample costs a fraction of that, for tracking that is always on, and its reports are estimates with their
    /// errors. Frees cost nothing: the tracker finds dead samples when it makes a report. A common choice is 512 KiB.
    /// </summary>
    public nuint SampleBytes { get; init; }

    /// <summary>True to record the stack of each sampled allocation. It needs <see cref="SampleBytes"/>.</summary>
    public bool StacksOfSamples { get; init; }

    /// <summary>The number of frames that <see cref="LeakTracker.RecentFrames"/> keeps, 1 or more.</summary>
    public int RecentFrames { get; init; } = 600;

    internal void Check()
    {
        if (SampleBytes == 1 || SampleBytes > long.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(SampleBytes), $"SampleBytes is {SampleBytes}; give 0 for everything, or 2 or more bytes.");
        }
        if (StacksOfSamples && SampleBytes == 0)
        {
            throw new ArgumentException(
                "StacksOfSamples needs SampleBytes; a stack for every allocation would be too slow. Choose lines with "
                + "LeakTracker.TakeStacks instead.", nameof(StacksOfSamples));
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(RecentFrames, 1);
    }
}
