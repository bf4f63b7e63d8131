namespace Arena.Diagnostics;

/// <summary>
/// One sample of a <see cref="MemorySampler"/>, or several neighbours merged into one: means, and also the lowest and
/// the highest live bytes. No floor is ever lost by merging.
/// </summary>
/// <example>
/// <code>
/// foreach (MemoryCell cell in record.Cells)
///     Console.WriteLine($"{cell.Seconds} s: {cell.FloorBytes} to {cell.PeakBytes} bytes");
/// </code>
/// </example>
public readonly record struct MemoryCell
{
    /// <summary>The number of samples that it stands for.</summary>
    public int SampleCount { get; init; }

    /// <summary>The mean of its samples' times, in seconds since the sampler began.</summary>
    public double Seconds { get; init; }

    /// <summary>The mean of the live bytes.</summary>
    public double LiveBytes { get; init; }

    /// <summary>The lowest live bytes.</summary>
    public double FloorBytes { get; init; }

    /// <summary>The time at which the live bytes were lowest, the first time.</summary>
    public double FloorSeconds { get; init; }

    /// <summary>The highest live bytes.</summary>
    public double PeakBytes { get; init; }

    /// <summary>The mean of the committed bytes.</summary>
    public double CommittedBytes { get; init; }

    /// <summary>The mean of the process's resident bytes; 0 if the operating system does not report them.</summary>
    public double ResidentBytes { get; init; }

    /// <summary>Makes the cell of one sample.</summary>
    internal static MemoryCell Of(double seconds, long live, long committed, long resident) => new()
    {
        SampleCount = 1,
        Seconds = seconds,
        LiveBytes = live,
        FloorBytes = live,
        FloorSeconds = seconds,
        PeakBytes = live,
        CommittedBytes = committed,
        ResidentBytes = resident,
    };

    /// <summary>Merges this cell and a later one.</summary>
    internal MemoryCell Merge(in MemoryCell later)
    {
        double share = later.SampleCount / ((double)SampleCount + later.SampleCount);
        return new MemoryCell
        {
            SampleCount = SampleCount + later.SampleCount,
            Seconds = Mean(Seconds, later.Seconds, share),
            LiveBytes = Mean(LiveBytes, later.LiveBytes, share),
            FloorBytes = Math.Min(FloorBytes, later.FloorBytes),
            FloorSeconds = later.FloorBytes < FloorBytes ? later.FloorSeconds : FloorSeconds,
            PeakBytes = Math.Max(PeakBytes, later.PeakBytes),
            CommittedBytes = Mean(CommittedBytes, later.CommittedBytes, share),
            ResidentBytes = Mean(ResidentBytes, later.ResidentBytes, share),
        };
    }

    internal static double Mean(double earlier, double later, double shareOfLater) =>
        earlier + (later - earlier) * shareOfLater;
}
