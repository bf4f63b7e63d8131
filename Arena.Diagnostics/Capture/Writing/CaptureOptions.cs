namespace Arena.Diagnostics;

/// <summary>The options of a <see cref="CaptureWriter"/>.</summary>
/// <example>
/// <code>
/// var options = new CaptureOptions { Interval = TimeSpan.FromSeconds(5) };
/// using var writer = CaptureWriter.Start("game.arena", options, tracker);
/// </code>
/// </example>
public sealed record CaptureOptions
{
    /// <summary>
    /// The time from one write to the next (1 s by default, 10 ms to 1 min), which is the most that is lost when the
    /// process dies.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The number of samples of all sites before they are taken half as often, and so on (default 512, which makes
    /// about 1,900 in an hour). It bounds the size of long captures. The latest state is in the file anyway, no older
    /// than the interval.
    /// </summary>
    public int SiteSamples { get; init; } = 512;

    /// <summary>
    /// The number of readings of an arena's totals before they are taken half as often (default 4,096).
    /// </summary>
    public int TotalSamples { get; init; } = 4096;

    /// <summary>
    /// The number of an arena's frames that are written singly before two are added up, then four, and so on up to the
    /// frames of one interval (default 32,768, nine minutes at 60 Hz).
    /// </summary>
    public int SingleFrames { get; init; } = 32_768;

    internal void Check()
    {
        if (Interval < TimeSpan.FromMilliseconds(10) || Interval > TimeSpan.FromMinutes(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(Interval), $"Interval is {Interval.TotalSeconds} s; give 0.01 to 60 s.");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(SiteSamples, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(TotalSamples, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(SingleFrames, 2);
    }
}
