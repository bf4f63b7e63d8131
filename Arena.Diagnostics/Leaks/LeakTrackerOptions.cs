namespace Arena.Diagnostics;

/// <summary>What a <see cref="LeakTracker"/> is made with.</summary>
public sealed record LeakTrackerOptions
{
    /// <summary>
    /// 0 (the default) tracks every allocation. Else a sample is tracked, one sampling point in so many bytes on
    /// average, and reports are estimates with their error: a fraction of the cost, for tracking that is always on.
    /// Frees cost nothing: what died is found when it is asked for. A common choice is 512 KiB.
    /// </summary>
    public nuint SampleBytes { get; init; }

    /// <summary>With <see cref="SampleBytes"/>: remember the stack of each sampled allocation.</summary>
    public bool StacksOfSamples { get; init; }

    /// <summary>Frames that <see cref="LeakTracker.RecentFrames"/> remembers, 1 or more.</summary>
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
                "StacksOfSamples needs SampleBytes; of every allocation a stack would be too slow. Choose lines with "
                + "LeakTracker.TakeStacks instead.", nameof(StacksOfSamples));
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(RecentFrames, 1);
    }
}
